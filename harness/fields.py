"""Device state, field by field: what a stream says once it is decoded.

A :class:`DeviceState` is the flat list of the leaf fields of every section, in stream
order.  Where it comes from (a vmdesc beside QEMU's bytes, a description beside a
model's) is the guest's business; comparing two of them is this module's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

#: Live attributes as plain data: what a state object holds, without the object.
Plain: TypeAlias = "int | bytes | str | Sequence[Plain] | Mapping[str, Plain] | None"


#: Path that stands for a whole section.
WHOLE_SECTION = "(section)"


@dataclass(frozen=True, slots=True)
class LiveObject:
    """What a device remembers, as far as it can be seen in its live object.

    Attributes:
        attributes: all of it, as plain data.
        described: paths, with every index left open, of what its description carries.
    """

    attributes: Plain
    described: frozenset[str]


@dataclass(frozen=True, slots=True)
class LeafField:
    """One leaf field of one section.

    Attributes:
        section: idstr, e.g. ``dma`` or ``0000:00:01.3/piix4_pm``.
        instance_id: instance id of the section.
        path: path of the field, e.g. ``regs[2].now[0]``; subsections appear in it as
            ``<i8254/foo>.bar``.
        type: the codec's name as in vmdesc, e.g. ``uint8``.
        offset: where it begins in the section's body, bytes.
        data: its bytes on the wire.
    """

    section: str
    instance_id: int
    path: str
    type: str
    offset: int
    data: bytes

    @property
    def key(self) -> tuple[str, int, str]:
        """What identifies the field within a machine."""
        return self.section, self.instance_id, self.path


@dataclass(frozen=True, slots=True)
class DeviceState:
    """The state of all devices of a machine."""

    fields: tuple[LeafField, ...]

    def by_key(self) -> dict[tuple[str, int, str], LeafField]:
        """Return the fields by their key."""
        return {field.key: field for field in self.fields}


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field that two states disagree about.

    Attributes:
        expected: the field in the first state; None where only the second has it.
        seen: the field in the second state; None where only the first has it.
    """

    expected: LeafField | None
    seen: LeafField | None

    @property
    def field(self) -> LeafField:
        """The field, from whichever side has it."""
        field = self.expected or self.seen
        if field is None:
            raise ValueError("a difference of nothing")
        return field

    @property
    def bits(self) -> int:
        """Which bits differ, as an integer in wire order; all ones where one side lacks it."""
        if (
            self.expected is None
            or self.seen is None
            or len(self.expected.data) != len(self.seen.data)
        ):
            return (1 << (8 * len(self.field.data))) - 1
        return int.from_bytes(self.expected.data) ^ int.from_bytes(self.seen.data)


def differences(expected: DeviceState, seen: DeviceState) -> list[FieldDifference]:
    """Walk two states together and return what differs, in the order of *expected*.

    A field that only one side has (a subsection that came or went) is a difference too; a
    section that only one side has is a single one, of the path :data:`WHOLE_SECTION`.
    """
    mine, theirs = expected.by_key(), seen.by_key()
    my_sections, their_sections = ({key[:2] for key in side} for side in (mine, theirs))
    found: list[FieldDifference] = []
    for section in dict.fromkeys(key[:2] for key in (*mine, *theirs)):
        if section not in their_sections:
            found.append(FieldDifference(_whole(section), None))
        elif section not in my_sections:
            found.append(FieldDifference(None, _whole(section)))
    for key, field in mine.items():
        if key[:2] in their_sections and (key not in theirs or theirs[key].data != field.data):
            found.append(FieldDifference(field, theirs.get(key)))
    found += [
        FieldDifference(None, field)
        for key, field in theirs.items()
        if key[:2] in my_sections and key not in mine
    ]
    return found


def _whole(section: tuple[str, int]) -> LeafField:
    """Return what stands for a section that only one side has."""
    return LeafField(*section, WHOLE_SECTION, "section", 0, b"")
