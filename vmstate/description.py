"""Descriptions: what the state of a device is made of, as frozen values.

``VMStateDescription`` and ``Field`` are QEMU's ``VMStateDescription`` and ``VMStateField``
without offsets: a field's name is the path of its value inside the state.  A description
checks itself when it is made; it moves no bytes (``vmstate.interpreter`` does).

Source: QEMU 7.2 include/migration/vmstate.h.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as derived
from typing import Any

from vmstate.errors import DescriptionError
from vmstate.info import Info
from vmstate.paths import parse_path

#: Decides whether a field is there: called with the state and the version.
FieldTest = Callable[[Any, int], bool]
#: Runs before loading or saving; a negative number means failure.
Hook = Callable[[Any], int | None]
#: Runs after loading, with the version that was loaded; a negative number means failure.
PostLoadHook = Callable[[Any, int], int | None]


class VMS(enum.Flag):
    """How a field is laid out: QEMU's ``VMS_*`` flags, with QEMU's values."""

    SINGLE = 0x1
    POINTER = 0x2
    ARRAY = 0x4
    STRUCT = 0x8
    VARRAY_INT32 = 0x10
    BUFFER = 0x20
    VARRAY_UINT16 = 0x80
    VARRAY_UINT8 = 0x400
    VARRAY_UINT32 = 0x800
    MUST_EXIST = 0x1000
    VSTRUCT = 0x8000


#: The flags that say "the count is the value of another field".
VARRAY = VMS.VARRAY_INT32 | VMS.VARRAY_UINT16 | VMS.VARRAY_UINT8 | VMS.VARRAY_UINT32


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One slot of a description.

    Attributes:
        name: path of the value in the state, and the field's name in a vmdesc.
        flags: layout.
        info: codec of one element; None for structs.
        vmsd: description of one element; None for codecs.
        version_id: lowest version that has the field.
        struct_version_id: version at which a ``VSTRUCT`` is saved and loaded.
        size: bytes of one element, for codecs whose length the field gives.
        num: count of an ``ARRAY``.
        num_field: path of the count of a ``VARRAY_*``; it must be loaded earlier.
        start: first element of a sub-array.
        field_exists: replaces the version rule where it is given.
    """

    name: str
    flags: VMS
    info: Info | None = None
    vmsd: VMStateDescription | None = None
    version_id: int = 0
    struct_version_id: int = 0
    size: int = 0
    num: int = 0
    num_field: str = ""
    start: int = 0
    field_exists: FieldTest | None = None

    #: Whether the value is a sequence of elements.
    is_array: bool = derived(init=False, compare=False, repr=False)
    #: Whether the field reads and writes a place in the state.
    has_value: bool = derived(init=False, compare=False, repr=False)
    #: Whether the field must exist.
    must_exist: bool = derived(init=False, compare=False, repr=False)
    #: Paths of its elements; None where their number depends on the state.
    element_paths: tuple[str, ...] | None = derived(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Worked out once: the interpreter asks for each of these at every step.
        is_array = bool(self.flags & (VMS.ARRAY | VARRAY))
        paths: tuple[str, ...] | None = (self.name,)
        if is_array:
            paths = None if self.num_field else self.paths_of(self.num)
        for name, value in (
            ("is_array", is_array),
            ("has_value", self.vmsd is not None or _has_value(self.info)),
            ("must_exist", bool(self.flags & VMS.MUST_EXIST)),
            ("element_paths", paths),
        ):
            object.__setattr__(self, name, value)

    def paths_of(self, count: int) -> tuple[str, ...]:
        """Return the paths of the first *count* elements of an array."""
        return tuple(f"{self.name}[{self.start + index}]" for index in range(count))

    def exists(self, state: object, version_id: int) -> bool:
        """Whether the field is there when *version_id* is saved or loaded."""
        if self.field_exists is not None:
            return self.field_exists(state, version_id)
        return self.version_id <= version_id


def _has_value(info: Info | None) -> bool:
    return info is not None and info.name != "unused_buffer"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hooks:
    pre_load: Hook | None = None
    post_load: PostLoadHook | None = None
    pre_save: Hook | None = None
    post_save: Hook | None = None
    needed: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VMStateDescription(_Hooks):
    """What the state of a device, or of a part of one, is made of.

    Attributes:
        name: as on the wire; a subsection's begins with its parent's name and a slash.
        version_id: what is saved.
        minimum_version_id: the oldest version that can be loaded.
        fields: in wire order.
        subsections: optional parts, in wire order.
        pre_load, post_load, pre_save, post_save: hooks, called with the state.
        needed: whether to send it at all (subsections, and sections of a machine).
        priority: higher is saved earlier.
        source: where the description comes from, for people.

    Raises:
        DescriptionError: it contradicts itself; all faults are named at once.
    """

    name: str
    version_id: int = 0
    minimum_version_id: int = 0
    fields: tuple[Field, ...] = ()
    subsections: tuple[VMStateDescription, ...] = ()
    priority: int = 0
    source: str = ""

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise DescriptionError(self.name, faults)

    def _faults(self) -> list[str]:
        faults = []
        if not 0 < len(self.name.encode()) < 256:
            faults.append("its name must have 1 to 255 bytes")
        if self.minimum_version_id > self.version_id:
            faults.append(
                f"minimum_version_id {self.minimum_version_id} is above "
                f"version_id {self.version_id}"
            )
        seen: set[str] = set()
        for field in self.fields:
            faults += _field_faults(field, seen, self.version_id)
            seen.add(field.name)
        names = [subsection.name for subsection in self.subsections]
        faults += [
            f"subsection {name!r} stands twice" for name in {*names} if names.count(name) > 1
        ]
        faults += [
            f"subsection {name!r} does not begin with {self.name + '/'!r}"
            for name in names
            if not name.startswith(f"{self.name}/")
        ]
        return faults


def _field_faults(field: Field, seen: set[str], version_id: int) -> list[str]:
    """Return what is wrong with *field*, which follows the fields named in *seen*."""
    faults = []
    if field.has_value:
        try:
            parse_path(field.name)
        except ValueError as err:
            faults.append(str(err))
    if field.flags & (VMS.STRUCT | VMS.VSTRUCT):
        if field.vmsd is None:
            faults.append(f"field {field.name!r} is a struct without a description")
    elif field.info is None and not field.flags & VMS.MUST_EXIST:
        faults.append(f"field {field.name!r} has no codec")
    if field.flags & VARRAY and field.num_field not in seen:
        faults.append(f"the count {field.num_field!r} of {field.name!r} is no earlier field")
    if field.flags & VMS.ARRAY and field.num < 0:
        faults.append(f"field {field.name!r} has {field.num} elements")
    if field.field_exists is None and field.version_id > version_id:
        faults.append(
            f"field {field.name!r} begins with version {field.version_id}, "
            f"above version_id {version_id}: it would never be sent"
        )
    return faults
