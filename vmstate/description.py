"""Descriptions: what the state of a device is made of, as frozen values.

``VMStateDescription`` and ``Field`` are QEMU's structs ``VMStateDescription`` and
``VMStateField`` without offsets: a field's name is the path of its value inside the state.
They say where elements are and how many.  A description checks itself when it is made; it
moves no bytes (``vmstate.interpreter`` does).

Source: QEMU 11.1 include/migration/vmstate.h, migration/vmstate.c (vmstate_n_elems,
vmstate_size, vmstate_field_exists).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from dataclasses import field as derived
from typing import Any

from vmstate.cursor import Reader
from vmstate.errors import DescriptionError
from vmstate.flags import VARRAY, VMS, MigrationPriority, c_int
from vmstate.info import Container, Equal, Factory, Info
from vmstate.paths import get_path, parse_path

#: The bits that loading keeps of a subsection's version: QEMU holds it in a ``uint8_t``.
SUBSECTION_VERSION_MASK = 0xFF

#: Decides whether a field is there: called with the state and the version.
FieldTest = Callable[[Any, int], bool]
#: Runs before loading or saving; what answers mean failure is the release's business.
Hook = Callable[[Any], int | None]
#: Runs after loading, with the version that was loaded.
PostLoadHook = Callable[[Any, int], int | None]
#: The same in QEMU's newer style (10.2): returns what is wrong, None or nothing if all is well.
ErrpHook = Callable[[Any], str | None]
ErrpPostLoadHook = Callable[[Any, int], str | None]
#: Loads by hand what is older than ``minimum_version_id``.
OldLoader = Callable[[Reader, Any, int], int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One slot of a description.

    Attributes:
        name: path of the value in the state, and the field's name in a vmdesc.
        flags: layout.
        info: codec of one element; None for structs.
        vmsd: description of one element, or of what a container holds; None for codecs.
        version_id: lowest version that has the field.
        struct_version_id: version at which a ``VSTRUCT`` is saved and loaded.
        size: bytes of one element, for codecs whose length the field gives; with
            ``MULTIPLY`` the factor for *size_field*.
        size_field: path of the size of a ``VBUFFER``; it must be loaded earlier.
        num: count of an ``ARRAY``; with ``MULTIPLY_ELEMENTS`` the factor for *num_field*.
        columns: elements in a row of a 2-D array, whose *num* counts all; else 0.
        num_field: path of the count of a ``VARRAY_*``; it must be loaded earlier.
        start: first element of a sub-array.
        field_exists: replaces the version rule where it is given.
        make: makes an element that loading allocates (C's type argument).
        key_vmsd: description of the keys of a tree; None where they are integers.
        make_key: makes a key of a tree that has a *key_vmsd*.
        whole: whether the codec is given the whole state, whatever the name.
    """

    name: str
    flags: VMS = VMS.NONE
    info: Info | Container | None = None
    vmsd: VMStateDescription | None = None
    version_id: int = 0
    struct_version_id: int = 0
    size: int = 0
    size_field: str = ""
    num: int = 0
    columns: int = 0
    num_field: str = ""
    start: int = 0
    field_exists: FieldTest | None = None
    make: Factory | None = None
    key_vmsd: VMStateDescription | None = None
    make_key: Factory | None = None
    whole: bool = False

    #: Whether the value is a sequence of elements.
    is_array: bool = derived(init=False, compare=False, repr=False)
    #: The codec of an element, unless it holds states.
    codec: Info | None = derived(init=False, compare=False, repr=False)
    #: The codec of an element that holds states.
    container: Container | None = derived(init=False, compare=False, repr=False)
    #: Whether each element is a nested state.
    is_struct: bool = derived(init=False, compare=False, repr=False)
    #: Whether elements may be None, with a marker byte in their stead.
    is_pointer_array: bool = derived(init=False, compare=False, repr=False)
    #: Whether a marker byte stands before every element.
    has_markers: bool = derived(init=False, compare=False, repr=False)
    #: Whether loading puts a new array or buffer in the place of the old one.
    is_allocated: bool = derived(init=False, compare=False, repr=False)
    #: Whether the field reads and writes a place in the state.
    has_value: bool = derived(init=False, compare=False, repr=False)
    #: Whether the field must exist.
    must_exist: bool = derived(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Worked out once: the interpreter asks for each of these at every step.
        flags = self.flags
        is_struct = bool(flags & (VMS.STRUCT | VMS.VSTRUCT))
        is_used = is_struct or (self.info is not None and self.info.name != "unused_buffer")
        # By shape, not by type: a codec need not know that there is a class for it.
        holds_states = hasattr(self.info, "load_states")
        for name, value in (
            ("codec", None if holds_states else self.info),
            ("container", self.info if holds_states else None),
            ("is_array", bool(flags & (VMS.ARRAY | VARRAY))),
            ("is_struct", is_struct),
            ("is_pointer_array", bool(flags & VMS.ARRAY_OF_POINTER)),
            ("has_markers", bool(flags & VMS.ARRAY_OF_POINTER_AUTO_ALLOC)),
            ("is_allocated", VMS.ALLOC | VMS.POINTER in flags),
            ("has_value", is_used and not self.whole),
            ("must_exist", bool(flags & VMS.MUST_EXIST)),
        ):
            object.__setattr__(self, name, value)

    @property
    def makes_elements(self) -> bool:
        """Whether loading makes elements that the destination does not hold."""
        is_new = self.has_markers or (self.is_allocated and self.is_struct)
        return is_new or self.container is not None

    @property
    def is_end(self) -> bool:
        """Whether it only ends a list in C (``VMSTATE_END_OF_LIST``)."""
        return bool(self.flags & VMS.END)

    def exists(self, state: object, version_id: int) -> bool:
        """Whether the field is there when *version_id* is saved or loaded."""
        if self.field_exists is not None:
            return self.field_exists(state, version_id)
        return self.version_id <= version_id

    def count(self, state: object) -> int:
        """Return how many elements there are in *state*; none if QEMU's count is negative.

        Raises:
            AttributeError, LookupError, TypeError: the state has no such count.
        """
        return max(0, self.signed_count(state))

    def signed_count(self, state: object) -> int:
        """Return the count of elements as QEMU holds it.

        Raises:
            AttributeError, LookupError, TypeError: the state has no such count.
        """
        if not self.is_array:
            return 1
        if self.flags & VMS.ARRAY:
            return self.num
        count = c_int(get_path(state, self.num_field))
        if self.flags & VMS.MULTIPLY_ELEMENTS:
            count = c_int(count * self.num)
        return count

    def element_size(self, state: object) -> int:
        """Return the size that the codec of an element is given; negative if QEMU's is.

        Raises:
            AttributeError, LookupError, TypeError: the state has no such size.
        """
        if not self.flags & VMS.VBUFFER:
            return self.size
        size = c_int(get_path(state, self.size_field))
        return c_int(size * self.size) if self.flags & VMS.MULTIPLY else size

    def path_of(self, index: int) -> str:
        """Return the path of element *index*."""
        if not self.is_array:
            return self.name
        if self.columns:
            row, column = divmod(index, self.columns)
            return f"{self.name}[{row}][{column}]"
        return f"{self.name}[{self.start + index}]"

    def struct_version(self) -> int:
        """Return the version at which a nested state is saved and loaded.

        It is never on the wire: each side uses its own.
        """
        if self.vmsd is None or self.flags & VMS.VSTRUCT:
            return self.struct_version_id
        return self.vmsd.version_id


@dataclass(frozen=True, slots=True, kw_only=True)
class VMStateDescription:
    """What the state of a device, or of a part of one, is made of.

    Attributes:
        name: as on the wire; a subsection's begins with its parent's name, by custom with
            a slash behind it.
        version_id: what is saved.
        minimum_version_id: the oldest version that can be loaded.
        minimum_version_id_old: the oldest that *load_state_old* can load (until 6.2).
        fields: in wire order.
        subsections: optional parts, in wire order.
        pre_load, post_load, pre_save, post_save: hooks, called with the state.
        pre_load_errp, post_load_errp, pre_save_errp: the same in the newer style; where
            both are given these count.
        load_state_old: loads versions below *minimum_version_id* (until 6.2).
        needed: whether to send it at all (subsections, and sections of a machine).
        dev_unplug_pending: whether the device waits to be unplugged, which delays the end
            of a migration's setup.
        priority: higher is saved earlier.
        early_setup: whether it is saved before guest memory is.
        unmigratable: whether saving and loading it by itself is refused.
        source: where the description comes from, for people.

    Raises:
        DescriptionError: it contradicts itself; all faults are named at once.
    """

    name: str
    version_id: int = 0
    minimum_version_id: int = 0
    minimum_version_id_old: int = 0
    fields: tuple[Field, ...] = ()
    subsections: tuple[VMStateDescription, ...] = ()
    pre_load: Hook | None = None
    pre_load_errp: ErrpHook | None = None
    post_load: PostLoadHook | None = None
    post_load_errp: ErrpPostLoadHook | None = None
    pre_save: Hook | None = None
    pre_save_errp: ErrpHook | None = None
    post_save: Hook | None = None
    load_state_old: OldLoader | None = None
    needed: Callable[[Any], bool] | None = None
    dev_unplug_pending: Callable[[Any], bool] | None = None
    priority: int = MigrationPriority.DEFAULT
    early_setup: bool = False
    unmigratable: bool = False
    source: str = ""

    #: Levels of descriptions, this one included.
    depth: int = derived(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # C ends its lists with an entry of this flag; here it may be written and is dropped.
        fields = tuple(field for field in self.fields if not field.is_end)
        object.__setattr__(self, "fields", fields)
        inner = [
            vmsd for field in fields for vmsd in (field.vmsd, field.key_vmsd) if vmsd is not None
        ]
        depths = (vmsd.depth for vmsd in (*inner, *self.subsections))
        object.__setattr__(self, "depth", 1 + max(depths, default=0))
        faults = _faults_of(self)
        if faults:
            raise DescriptionError(self.name, faults)

    def is_needed(self, state: object) -> bool:
        """Whether it is to be sent."""
        return self.needed is None or self.needed(state)

    @property
    def accepts(self) -> tuple[int, int]:
        """Lowest and highest version that can be loaded, by hand or by its fields."""
        lowest = self.minimum_version_id
        if self.load_state_old is not None:
            lowest = self.minimum_version_id_old
        return lowest, self.version_id

    def reads_old(self, version_id: int) -> bool:
        """Whether *version_id* is one that is loaded by hand."""
        return (
            self.load_state_old is not None
            and self.minimum_version_id_old <= version_id < self.minimum_version_id
        )


def _faults_of(vmsd: VMStateDescription) -> list[str]:
    """Return one sentence for each fault of *vmsd* itself; its parts have checked themselves."""
    return [*_own_faults(vmsd), *_field_faults(vmsd), *_subsection_faults(vmsd)]


def _own_faults(vmsd: VMStateDescription) -> Iterator[str]:
    if not 0 < len(vmsd.name) < 256:
        yield "its name must have 1 to 255 bytes"
    if not vmsd.name.isascii():
        yield "its name must be ASCII"
    if vmsd.minimum_version_id > vmsd.version_id:
        yield (
            f"minimum_version_id {vmsd.minimum_version_id} is above version_id {vmsd.version_id}"
        )
    if vmsd.load_state_old and vmsd.minimum_version_id_old >= vmsd.minimum_version_id:
        yield (
            f"load_state_old is never asked: minimum_version_id_old "
            f"{vmsd.minimum_version_id_old} is not below minimum_version_id "
            f"{vmsd.minimum_version_id}"
        )


def _field_faults(vmsd: VMStateDescription) -> Iterator[str]:
    earlier: set[str] = set()
    # A count that is only compared stays what it was: the AHCI controller's comes last.
    names = {field.name for field in vmsd.fields if not isinstance(field.info, Equal)}
    for field in vmsd.fields:
        yield from _path_faults(field, earlier, names)
        yield from _shape_faults(field)
        if field.field_exists is None and field.version_id > vmsd.version_id:
            yield (
                f"field {field.name!r} begins with version {field.version_id}, "
                f"above version_id {vmsd.version_id}: it would never be sent"
            )
        earlier.add(field.name)


def _path_faults(field: Field, earlier: set[str], names: set[str]) -> Iterator[str]:
    named = (field.name,) if field.has_value else ()
    for path in (*named, *filter(None, (field.num_field, field.size_field))):
        try:
            parse_path(path)
        except ValueError as err:
            yield str(err)
    # Loading must know a length before it meets what is so long.  One that no field carries
    # is a constant of the device's, which QEMU's descriptions use too.
    for what, path in (("count", field.num_field), ("size", field.size_field)):
        if path in names and path not in earlier:
            yield f"the {what} {path!r} of {field.name!r} is no earlier field"
    if field.flags & VARRAY and not field.num_field:
        yield f"field {field.name!r} has no path of its count"
    if field.flags & VMS.VBUFFER and not field.size_field:
        yield f"field {field.name!r} has no path of its size"


def _shape_faults(field: Field) -> Iterator[str]:
    flags = field.flags
    for is_wrong, why in (
        (field.is_struct and field.vmsd is None, "is a struct without a description"),
        (
            not field.is_struct and field.info is None and not field.must_exist,
            "has no codec",
        ),
        (bool(flags & VMS.ARRAY) and field.num < 0, f"has {field.num} elements"),
        (
            bool(field.columns) and field.num % (field.columns or 1) > 0,
            f"has {field.num} elements in rows of {field.columns}",
        ),
        (
            field.is_pointer_array and not field.is_array,
            "is an array of pointers without a count",
        ),
        (
            field.has_markers and not field.is_pointer_array,
            "has pointer markers but is no array of pointers",
        ),
        (VMS.ALLOC in flags and VMS.POINTER not in flags, "is allocated but is no pointer"),
        (field.size < 0, f"has a size of {field.size} bytes"),
        (field.makes_elements and field.make is None, "needs what makes its elements"),
        (
            field.container is not None and field.vmsd is None,
            "holds states without a description",
        ),
        (field.key_vmsd is not None and field.make_key is None, "needs what makes its keys"),
    ):
        if is_wrong:
            yield f"field {field.name!r} {why}"


def _subsection_faults(vmsd: VMStateDescription) -> Iterator[str]:
    names = [subsection.name for subsection in vmsd.subsections]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"subsection {name!r} stands twice"
        # A slash is the custom ("vga.endian" has none); the loader only knows this.
        if not name.startswith(vmsd.name) or name == vmsd.name:
            yield f"subsection {name!r} does not begin with {vmsd.name!r} and go on"
    for subsection in vmsd.subsections:
        if subsection.version_id > SUBSECTION_VERSION_MASK:
            yield (
                f"subsection {subsection.name!r} has version {subsection.version_id}, "
                f"of which loading keeps only the low 8 bits"
            )
