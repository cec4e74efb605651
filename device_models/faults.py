"""Planted faults: the migration bugs that devices really have, put into devices that have none.

A fault is a function from a description to a description, or a wrapper around a slot of a
machine; the models know nothing of it.  With a fault in place the tests of power ask: is it
found, how soon, and is the right field named?

Paths are those of spans, with ``[]`` for every element of an array: ``channels[].status``,
``state.<serial/recv_fifo>.recv_fifo.head``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from device_models.device import Device, Ports
from device_models.machine import Slot
from vmstate import VMS, DescriptionError, Field, VMStateDescription
from vmstate.cursor import Reader, Writer
from vmstate.description import FieldTest
from vmstate.info import BOOL, TIMER, UNUSED_BUFFER, Info, Integer, TimerLike
from vmstate.paths import get_path, set_path

#: What a fault does to a description.
Fault = Callable[[VMStateDescription], VMStateDescription]
_Edit = Callable[[VMStateDescription, Field], VMStateDescription]


def plant(slot: Slot, fault: Fault) -> None:
    """Let *slot* be saved and loaded with *fault*: a bug in the description itself."""
    slot.vmsd = fault(slot.vmsd)
    slot.load_vmsd = fault(slot.load_vmsd)


def plant_on_load(slot: Slot, fault: Fault) -> None:
    """Let *slot* be loaded with *fault*, and saved as it should be: a bug on one side only."""
    slot.load_vmsd = fault(slot.load_vmsd)


def drop_field(vmsd: VMStateDescription, path: str) -> VMStateDescription:
    """Leave out the field at *path*: a member was added to the device and not described.

    The commonest bug of all.  After a load the member has its reset value.

    Raises:
        DescriptionError: there is no such field.
    """
    return _edit(vmsd, path, _without)


def hide_attribute(vmsd: VMStateDescription, path: str) -> VMStateDescription:
    """Send zeros in place of the field at *path*, and take nothing from them.

    The truth then is in the object only, in no description, while sizes and offsets stay
    right: padding (``VMSTATE_UNUSED``) where a member of the same size came to live.
    Neither sizes nor a second save can show it; only the future can.

    Raises:
        DescriptionError: there is no such field, or its size is not fixed.
    """
    return _edit(vmsd, path, _padded)


def narrow_field(vmsd: VMStateDescription, path: str, info: Integer) -> VMStateDescription:
    """Save only the low bits of the field at *path*, as many as *info* has.

    A member that was widened while its field kept the old width: C truncates silently.

    Raises:
        DescriptionError: there is no such field.
    """

    def narrowed(inner: VMStateDescription, field: Field) -> VMStateDescription:
        return _replaced(inner, field, replace(field, info=_Truncated(info)))

    return _edit(vmsd, path, narrowed)


def gate_field(vmsd: VMStateDescription, path: str, version: int) -> VMStateDescription:
    """Let the field at *path* exist from *version* on, which nobody sends.

    A field added for a new version while the description's ``version_id`` stayed.  A
    description refuses such a gate on itself, so it is put in as a field test, which no
    description can see through.

    Raises:
        DescriptionError: there is no such field.
    """

    def gated(inner: VMStateDescription, field: Field) -> VMStateDescription:
        return _replaced(inner, field, replace(field, field_exists=_from_version(version)))

    return _edit(vmsd, path, gated)


def swap_fields(vmsd: VMStateDescription, a: str, b: str) -> VMStateDescription:
    """Exchange the places of the fields at *a* and *b*; for loading only.

    Each is loaded into the other: fields reordered in one release, or two of the same type
    mixed up in a hand-written loader.  Saved and loaded with the same exchange nothing
    would be lost.

    Raises:
        DescriptionError: there is no such field, or they are in different descriptions.
    """

    def swapped(inner: VMStateDescription, field: Field) -> VMStateDescription:
        parent = a[: len(a) - len(field.name)]
        other = _named(inner, b[len(parent) :]) if b.startswith(parent) else None
        if other is None:
            raise DescriptionError(inner.name, [f"{a!r} has no sibling {b!r}"])
        names = {field.name: other.name, other.name: field.name}
        return replace(
            inner, fields=tuple(replace(f, name=names.get(f.name, f.name)) for f in inner.fields)
        )

    return _edit(vmsd, a, swapped)


def never_needed(vmsd: VMStateDescription, subsection: str) -> VMStateDescription:
    """Never send *subsection*, wherever in *vmsd* it is.

    A ``needed`` function that looks at the wrong condition, or a compat property that
    turns the subsection off for every machine type.

    Args:
        vmsd: the description.
        subsection: its name on the wire, e.g. ``serial/recv_fifo``.

    Raises:
        DescriptionError: there is no such subsection.
    """
    known = _subsection_names(vmsd)
    if subsection not in known:
        names = ", ".join(sorted(known)) or "none"
        raise DescriptionError(
            vmsd.name, [f"it has no subsection {subsection!r}; there are: {names}"]
        )
    return _without_need(vmsd, subsection)


def without_post_load(vmsd: VMStateDescription, path: str = "") -> VMStateDescription:
    """Leave out ``post_load``: what is derived from the loaded fields is not made anew.

    Args:
        vmsd: the description.
        path: the struct field whose description loses its hook; *vmsd* itself if empty.

    Raises:
        DescriptionError: there is no such struct, or it has no such hook.
    """
    if path:

        def inside(inner: VMStateDescription, field: Field) -> VMStateDescription:
            if field.vmsd is None:
                raise DescriptionError(inner.name, [f"field {field.name!r} is no struct"])
            return _replaced(inner, field, replace(field, vmsd=without_post_load(field.vmsd)))

        return _edit(vmsd, path, inside)
    if vmsd.post_load is None:
        raise DescriptionError(vmsd.name, ["it has no post_load to leave out"])
    return replace(vmsd, post_load=None)


def forget_on_reset(slot: Slot, attribute: str) -> None:
    """Let a reset of *slot*'s device leave *attribute* of its state as it was.

    A reset handler that misses a member.  Loading hides it where a field carries it, and
    so does a fresh process; where no field does, the past leaks through a reload in place.

    Args:
        slot: where the device is.
        attribute: path in the state; a timer stays armed.

    Raises:
        AttributeError, IndexError: the state has no such place.
    """
    get_path(slot.device.state, attribute)
    slot.device = _Forgetful(slot.device, attribute)


class _Forgetful:
    """A device whose reset misses one attribute."""

    def __init__(self, device: Device, attribute: str) -> None:
        self._device = device
        self._attribute = attribute

    @property
    def type(self) -> str:
        return self._device.type

    @property
    def vmsd(self) -> VMStateDescription:
        return self._device.vmsd

    @property
    def state(self) -> object:
        return self._device.state

    @property
    def ports(self) -> tuple[Ports, ...]:
        return self._device.ports

    def reset(self) -> None:
        kept: Any = get_path(self._device.state, self._attribute)
        # A timer outlives its state: it is its moment that must be kept.
        armed = kept.expire_ns if isinstance(kept, TimerLike) else None
        self._device.reset()
        set_path(self._device.state, self._attribute, kept)
        if armed is not None:
            kept.modify(armed)


class _Truncated:
    """An integer codec that saves the low bits of a value that does not fit, as C does."""

    def __init__(self, info: Integer) -> None:
        self._info = info

    @property
    def name(self) -> str:
        return self._info.name

    def load(self, reader: Reader, current: object, size: int) -> object:
        return self._info.load(reader, current, size)

    def save(self, writer: Writer, value: object, size: int) -> None:
        bits = 8 * self._info.bytes_
        if isinstance(value, int):
            value &= (1 << bits) - 1
            if self._info.signed and value >> (bits - 1):
                value -= 1 << bits
        self._info.save(writer, value, size)


def _from_version(version: int) -> FieldTest:
    def from_version(state: object, version_id: int) -> bool:  # noqa: ARG001 (field test)
        return version_id >= version

    from_version.__name__ = f"from_version_{version}"
    return from_version


def _never(state: object) -> bool:  # noqa: ARG001 (needed hook)
    return False


def _spelled(field: Field) -> str:
    return f"{field.name}[]" if field.is_array else field.name


def _named(vmsd: VMStateDescription, name: str) -> Field | None:
    for field in vmsd.fields:
        if field.has_value and name in (field.name, _spelled(field)):
            return field
    return None


def _edit(vmsd: VMStateDescription, path: str, edit: _Edit) -> VMStateDescription:
    """Return *vmsd* with *edit* applied to the description that has the field at *path*."""
    if path.startswith("<"):
        name, _, rest = path[1:].partition(">.")
        for section in vmsd.subsections:
            if section.name == name:
                changed = _edit(section, rest, edit)
                return replace(
                    vmsd,
                    subsections=tuple(changed if s is section else s for s in vmsd.subsections),
                )
    found = _named(vmsd, path)
    if found is not None:
        return edit(vmsd, found)
    for field in vmsd.fields:
        prefix = f"{_spelled(field)}."
        if field.vmsd is not None and path.startswith(prefix):
            inner = _edit(field.vmsd, path.removeprefix(prefix), edit)
            return _replaced(vmsd, field, replace(field, vmsd=inner))
    names = [_spelled(field) for field in vmsd.fields if field.has_value]
    names += [f"<{section.name}>" for section in vmsd.subsections]
    raise DescriptionError(vmsd.name, [f"it has no field {path!r}; there are: {', '.join(names)}"])


def _replaced(vmsd: VMStateDescription, field: Field, *instead: Field) -> VMStateDescription:
    fields: list[Field] = []
    for other in vmsd.fields:
        fields += instead if other is field else (other,)
    return replace(vmsd, fields=tuple(fields))


def _without(vmsd: VMStateDescription, field: Field) -> VMStateDescription:
    return _replaced(vmsd, field)


def _padded(vmsd: VMStateDescription, field: Field) -> VMStateDescription:
    each = field.size or _fixed_size(field.codec)
    if not each or field.num_field:
        raise DescriptionError(vmsd.name, [f"field {field.name!r} has no fixed size"])
    padding = Field(
        name="unused",
        flags=VMS.BUFFER,
        info=UNUSED_BUFFER,
        size=each * (field.num if field.is_array else 1),
        version_id=field.version_id,
        field_exists=field.field_exists,
    )
    return _replaced(vmsd, field, padding)


def _fixed_size(info: Info | None) -> int:
    if isinstance(info, Integer):
        return info.bytes_
    if info is BOOL:
        return 1
    return 8 if info is TIMER else 0


def _without_need(vmsd: VMStateDescription, name: str) -> VMStateDescription:
    """Return *vmsd* with every subsection *name* in it never needed."""
    subsections = tuple(
        replace(section, needed=_never) if section.name == name else _without_need(section, name)
        for section in vmsd.subsections
    )
    fields = tuple(
        field if field.vmsd is None else replace(field, vmsd=_without_need(field.vmsd, name))
        for field in vmsd.fields
    )
    return replace(vmsd, fields=fields, subsections=subsections)


def _subsection_names(vmsd: VMStateDescription) -> set[str]:
    names = {section.name for section in vmsd.subsections}
    inner = [f.vmsd for f in vmsd.fields if f.vmsd is not None]
    for part in [*vmsd.subsections, *inner]:
        names |= _subsection_names(part)
    return names
