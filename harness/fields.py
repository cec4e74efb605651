"""Device state, field by field: what a stream says once it is decoded.

A :class:`DeviceState` is the flat list of the leaf fields of every section, in stream
order.  Where it comes from (a vmdesc beside QEMU's bytes, a description beside a
model's) is the guest's business; comparing two of them is this module's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vmstate.paths import general_path

#: Live attributes as plain data: what a state object holds, without the object.
Plain: TypeAlias = "int | bytes | str | Sequence[Plain] | Mapping[str, Plain] | None"


#: Path that stands for a whole section.
WHOLE_SECTION = "(section)"
#: The end of a subsection's name in a path.
_SUBSECTION = re.compile(r"<[^>]*>")


def general_section(section: str) -> str:
    """Return the section's name without the bus path that a PCI device's begins with."""
    return section.rpartition("/")[2]


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
class Column:
    """A field with all its elements, wherever it lies in arrays.

    Attributes:
        section: idstr.
        instance_id: instance id of the section.
        path: path of the field with every index left open, e.g. ``regs[].now[]``.
        type: as in vmdesc.
        data: the bytes of all elements that follow each other on the wire.
    """

    section: str
    instance_id: int
    path: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class DeviceState:
    """The state of all devices of a machine."""

    fields: tuple[LeafField, ...]

    def by_key(self) -> dict[tuple[str, int, str], LeafField]:
        """Return the fields by their key."""
        return {field.key: field for field in self.fields}


def columns_of(fields: Iterable[LeafField]) -> Iterator[Column]:
    """Yield the columns that *fields*, in stream order, make up."""
    run: list[LeafField] = []
    of: tuple[str, int, str, str] = ("", 0, "", "")
    for field in fields:
        its = (*field.key[:2], general_path(field.path), field.type)
        if run and (its != of or run[-1].offset + len(run[-1].data) != field.offset):
            yield Column(*of, b"".join(one.data for one in run))
            run = []
        run.append(field)
        of = its
    if run:
        yield Column(*of, b"".join(one.data for one in run))


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

    What only one side has is a difference too.  A section or subsection that came or went
    is a single one, of the path :data:`WHOLE_SECTION` or of the subsection itself.
    """
    mine, theirs = expected.by_key(), seen.by_key()
    my_parts, their_parts = _parts(mine), _parts(theirs)
    found: dict[tuple[str, int, str], FieldDifference] = {}
    for key, field in mine.items():
        if key not in theirs:
            lost = _largest(field, their_parts)
            found.setdefault(lost.key, FieldDifference(lost, None))
        elif theirs[key].data != field.data:
            found[key] = FieldDifference(field, theirs[key])
    for key, field in theirs.items():
        if key not in mine:
            new = _largest(field, my_parts)
            found.setdefault(new.key, FieldDifference(None, new))
    return list(found.values())


def _parts(keys: Iterable[tuple[str, int, str]]) -> set[tuple[str, int, str]]:
    """Return every section and subsection that holds any of the fields."""
    return {
        (section, instance_id, part)
        for section, instance_id, path in keys
        for part in _parts_of(path)
    }


def _parts_of(path: str) -> list[str]:
    """Return the section and the subsections that a field lies in, the largest first."""
    return [WHOLE_SECTION, *(path[: end.end()] for end in _SUBSECTION.finditer(path))]


def _largest(field: LeafField, others: set[tuple[str, int, str]]) -> LeafField:
    """Return the largest part around *field* that the other side lacks; else the field."""
    section, instance_id, path = field.key
    for part in _parts_of(path):
        if (section, instance_id, part) not in others:
            kind = "section" if part == WHOLE_SECTION else "subsection"
            return LeafField(section, instance_id, part, kind, 0, b"")
    return field
