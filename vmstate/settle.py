"""Settling a description: what it leaves open is answered by what was sent.

A description that was read from a dump or a vmdesc does not know when its fields and
subsections are there, nor how many elements an array has.  For one section that was sent,
its vmdesc says so; settled by it, a description loads that section, and saves it again,
without the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vmstate.blank import Blank, Kept
from vmstate.cursor import Reader, Writer
from vmstate.describe import shown_names
from vmstate.description import Field, VMStateDescription
from vmstate.errors import UnknownError
from vmstate.flags import VARRAY, VMS
from vmstate.info import INT32, INT32_LE, Equal, Integer
from vmstate.sent import SeenField, fields_seen, size_told, subsections_seen
from vmstate.unknown import is_unknown_length
from vmstate.vmdesc import SentDescription

#: Where a state keeps the names of the subsections that were loaded into it.
_LOADED = "loaded_subsections"


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A codec that compares an integer with the destination's, without the comparison.

    Args:
        integer: width and sign.
        name: the type's name in a vmdesc.
    """

    integer: Integer
    name: str

    def load(self, reader: Reader, current: object, size: int) -> int:
        """Read the integer."""
        return self.integer.load(reader, current, size)

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write the integer; EncodeError if it does not fit."""
        self.integer.save(writer, value, size)


@dataclass(frozen=True, slots=True)
class AsSent:
    """A field's test whose answer is known.

    Args:
        is_there: whether the field was sent.
    """

    is_there: bool

    def __call__(self, _state: object, _version_id: int) -> bool:
        """Return the answer."""
        return self.is_there


@dataclass(frozen=True, slots=True)
class NoteLoaded:
    """A hook of a subsection that notes in the state that it is being loaded.

    Args:
        name: the subsection's.
    """

    name: str

    def __call__(self, state: object) -> None:
        """Note it."""
        vars(state).setdefault(_LOADED, set()).add(self.name)


@dataclass(frozen=True, slots=True)
class WasLoaded:
    """The question whether a subsection is sent: if it was loaded.

    Args:
        name: the subsection's.
    """

    name: str

    def __call__(self, state: object) -> bool:
        """Return whether it was loaded into *state*."""
        return self.name in vars(state).get(_LOADED, ())


def settle(description: VMStateDescription, *sent: SentDescription) -> VMStateDescription:
    """Return *description* as it was for *sent*.

    Tests are as they came out, counts as they were, integers that must equal the
    destination's are taken as they come, and a subsection is saved where it was loaded.

    Raises:
        UnknownError: the states of *sent* differ in more than subsections (those of an
            array's elements, too): no one description reads them all.
        ContradictionError: they differ in a field's type.
    """
    return _description(description, sent)


def _description(vmsd: VMStateDescription, sent: Sequence[SentDescription]) -> VMStateDescription:
    seen = fields_seen(sent) if sent else {}
    fields = vmsd.fields
    if sent:
        fields = tuple(
            _field(field, seen.get(name), f"{vmsd.name}/{name}")
            for name, field in zip(shown_names(vmsd), vmsd.fields, strict=True)
        )
    states = subsections_seen(sent)
    return replace(
        vmsd,
        fields=fields,
        subsections=tuple(
            replace(
                _description(subsection, states.get(subsection.name, [])),
                needed=WasLoaded(subsection.name),
                pre_load=NoteLoaded(subsection.name),
            )
            for subsection in vmsd.subsections
        ),
    )


def _field(field: Field, seen: SeenField | None, path: str) -> Field:
    if field.must_exist:
        return field
    if seen is None:
        return _absent(field)
    if not seen.is_always:
        raise UnknownError(path, "which of the elements have it")
    if len(seen.counts) > 1:
        raise UnknownError(path, "how many elements each of the states has")
    test = None if field.field_exists is None else AsSent(is_there=True)
    settled = replace(field, field_exists=test)
    if is_unknown_length(field.num_field):
        flags = (field.flags & ~VARRAY) | VMS.ARRAY
        settled = replace(settled, flags=flags, num_field="", num=seen.counts[0])
    if is_unknown_length(field.size_field):
        if len(seen.sizes) > 1:
            raise UnknownError(path, "how long each of the elements is")
        size = seen.sizes[0] if field.codec is None else size_told(field.codec, seen.sizes[0])
        flags = settled.flags & ~VMS.VBUFFER
        settled = replace(settled, flags=flags, size_field="", size=size)
    if isinstance(field.info, Equal):
        settled = replace(settled, info=Unchecked(field.info.integer, field.info.name))
    elif field.info is INT32_LE:
        settled = replace(settled, info=Unchecked(INT32, INT32_LE.name))
    return _with_states(settled, seen)


def _with_states(field: Field, seen: SeenField) -> Field:
    if field.vmsd is None or field.key_vmsd is not None:
        return field
    vmsd = _description(field.vmsd, seen.states)
    if field.make is None:
        return replace(field, vmsd=vmsd)
    make = replace(field.make, vmsd=vmsd) if isinstance(field.make, Blank | Kept) else field.make
    return replace(field, vmsd=vmsd, make=make)


def _absent(field: Field) -> Field:
    if field.field_exists is not None:
        return replace(field, field_exists=AsSent(is_there=False))
    if is_unknown_length(field.num_field):
        return replace(field, flags=(field.flags & ~VARRAY) | VMS.ARRAY, num_field="", num=0)
    return field
