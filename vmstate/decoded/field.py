"""Decoded fields: the leaves of a section with their values instead of their bytes.

A value is what a person would write: an integer (of a bitmap, too: bit *n* is its bit *n*;
of a double, its 64 bits), a bool, bytes, text, None for a null pointer.  Every value can
be made bytes again, for those who edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

#: What a field can hold.
Value: TypeAlias = "int | bool | float | bytes | str | None"


class DecodedField(NamedTuple):
    """One leaf field of one section; a stream may have some hundred thousand.

    Attributes:
        path: e.g. ``channels[1].count``; in a subsection ``<i8254/foo>.bar``; in a blob that
            the vmdesc has as one field, e.g. ``virtio.queues[0].num``.
        type: the codec's name, or ``uint32 little-endian`` and the like for numbers in
            blobs that no codec reads; ``?`` for bytes that nothing accounts for, ``virtio
            class`` for what an unknown class of virtio devices adds.
        offset: where it begins in the section's body, bytes.
        data: its bytes.
        value: what they mean; the bytes themselves where the type has no other meaning.
        is_decoded: whether the type is known; where not, *value* is *data*.
    """

    path: str
    type: str
    offset: int
    data: bytes
    value: Value
    is_decoded: bool


@dataclass(frozen=True, slots=True)
class DecodedSection:
    """One device's section.

    Attributes:
        idstr: whose it is.
        instance_id: which one of that name.
        version_id: version of its description.
        description: name of its description; empty for an old-style handler.
        fields: its leaves in wire order.
    """

    idstr: str
    instance_id: int
    version_id: int
    description: str
    fields: tuple[DecodedField, ...]

    @property
    def undecoded(self) -> int:
        """How many of its bytes mean nothing to us."""
        return sum(len(field.data) for field in self.fields if not field.is_decoded)
