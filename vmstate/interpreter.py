"""The interpreter: saves and loads a state by walking its description.

This is the plain reading of the language, the one that everyone can check; whatever is
faster must be equal to it.  It knows descriptions and cursors; it knows no sections,
no containers and no devices.

Source: QEMU 7.2 migration/vmstate.c: vmstate_load_state, vmstate_save_state_v,
vmstate_subsection_load, vmstate_subsection_save, vmstate_n_elems, vmstate_field_exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import NamedTuple

from vmstate.cursor import Reader, Writer
from vmstate.description import VMS, Field, VMStateDescription
from vmstate.errors import EncodeError, StreamError, VersionError
from vmstate.info import Info
from vmstate.paths import get_path, getter, setter

#: First byte of a subsection on the wire (QEMU_VM_SUBSECTION).
SUBSECTION = 0x05


_Leaf = tuple[str, str, Info, int, int]


class Span(NamedTuple):
    """Where one leaf field stands in what was saved.

    Attributes:
        path: e.g. ``channels[1].count``; inside a subsection ``<i8254/foo>.bar``.
        type: the codec's name.
        offset: first byte, from the beginning of what was saved.
        size: bytes.
    """

    path: str
    type: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Saved:
    """A state's bytes, and where each field stands in them."""

    data: bytes
    #: Prefix, path, codec and offset of each leaf; named only when somebody asks.
    leaves: list[_Leaf] = dataclass_field(repr=False, compare=False)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where each leaf field stands, in order."""
        return tuple(
            Span(prefix + path, info.name, offset, size)
            for prefix, path, info, offset, size in self.leaves
        )


def save(description: VMStateDescription, state: object, *, version_id: int | None = None) -> Saved:
    """Save *state* as *description* says.

    Args:
        description: what the state is made of.
        state: any object that has the fields; its hooks may change it.
        version_id: an older version to write; the description's own if None.

    Raises:
        EncodeError: the state does not fit the description, or a hook failed.
    """
    writer = Writer()
    leaves: list[_Leaf] = []
    version = description.version_id if version_id is None else version_id
    _save(writer, description, state, version, "", leaves)
    return Saved(bytes(writer), leaves)


def load(
    description: VMStateDescription,
    state: object,
    data: bytes | Reader,
    version_id: int,
) -> None:
    """Load *state* from *data*, which holds version *version_id* of *description*.

    Fields that the bytes don't have keep the value that *state* holds.  A cursor is left
    just past what was read; from plain bytes, nothing may be left over.

    Raises:
        StreamError: the bytes are not such a state, or a hook refused it.
    """
    reader = data if isinstance(data, Reader) else Reader(data)
    _load(reader, description, state, version_id)
    if reader is not data and reader.remaining:
        raise StreamError(
            f"{reader.remaining} bytes are left over",
            offset=reader.offset,
            path=description.name,
        )


def element_paths(field: Field, state: object) -> tuple[str, ...]:
    """Return the paths of the elements that *field* has in *state*.

    A negative count means none.
    """
    if field.element_paths is not None:
        return field.element_paths
    return field.paths_of(max(0, int(get_path(state, field.num_field))))


def _save(
    writer: Writer,
    description: VMStateDescription,
    state: object,
    version_id: int,
    prefix: str,
    leaves: list[_Leaf],
) -> None:
    _run_save_hook(description, "pre_save", state)
    try:
        for field in description.fields:
            if field.exists(state, version_id):
                _save_field(writer, description, field, state, prefix, leaves)
            elif field.must_exist:
                path = f"{description.name}/{field.name}"
                raise EncodeError(path, state, "the state is not valid")
        for subsection in description.subsections:
            if subsection.needed is None or subsection.needed(state):
                writer.integer(SUBSECTION, 1)
                writer.counted_string(subsection.name)
                writer.integer(subsection.version_id, 4)
                inner = f"{prefix}<{subsection.name}>."
                _save(writer, subsection, state, subsection.version_id, inner, leaves)
    finally:
        if description.post_save is not None:
            description.post_save(state)


def _save_field(
    writer: Writer,
    description: VMStateDescription,
    field: Field,
    state: object,
    prefix: str,
    leaves: list[_Leaf],
) -> None:
    info, vmsd = field.info, field.vmsd
    for path in element_paths(field, state):
        try:
            value = getter(path)(state) if field.has_value else None
        except (AttributeError, IndexError) as err:
            place = f"{description.name}/{path}"
            raise EncodeError(place, state, f"the state has no {path}") from err
        if vmsd is not None:
            version = _struct_version(field, vmsd)
            _save(writer, vmsd, value, version, f"{prefix}{path}.", leaves)
        elif info is not None:
            writer.owner, writer.field = description.name, path
            offset = writer.offset
            info.save(writer, value, field.size)
            leaves.append((prefix, path, info, offset, writer.offset - offset))


def _struct_version(field: Field, vmsd: VMStateDescription) -> int:
    # A nested struct's version is never on the wire: each side uses its own.
    return field.struct_version_id if field.flags & VMS.VSTRUCT else vmsd.version_id


def _run_save_hook(description: VMStateDescription, name: str, state: object) -> None:
    hook = getattr(description, name)
    if hook is not None and (hook(state) or 0) < 0:
        raise EncodeError(description.name, state, f"{name} failed")


def _load(reader: Reader, description: VMStateDescription, state: object, version_id: int) -> None:
    accepts = (description.minimum_version_id, description.version_id)
    if not accepts[0] <= version_id <= accepts[1]:
        raise VersionError(version_id, accepts, offset=reader.offset, path=description.name)
    if description.pre_load is not None and (description.pre_load(state) or 0) < 0:
        raise StreamError("pre_load failed", offset=reader.offset, path=description.name)
    for field in description.fields:
        if field.exists(state, version_id):
            _load_field(reader, description, field, state)
        elif field.must_exist:
            path = f"{description.name}/{field.name}"
            raise StreamError("input validation failed", offset=reader.offset, path=path)
    _load_subsections(reader, description, state)
    if description.post_load is not None and (description.post_load(state, version_id) or 0) < 0:
        raise StreamError("post_load failed", offset=reader.offset, path=description.name)


def _load_field(
    reader: Reader, description: VMStateDescription, field: Field, state: object
) -> None:
    info, vmsd = field.info, field.vmsd
    if field.num_field and get_path(state, field.num_field) > reader.remaining:
        # A count that lies must not make us wait, or run out of memory, before it is found out.
        raise StreamError(
            f"{get_path(state, field.num_field)} elements can't be in the "
            f"{reader.remaining} bytes that are left",
            offset=reader.offset,
            path=f"{description.name}/{field.name}",
        )
    for path in element_paths(field, state):
        try:
            current = getter(path)(state) if field.has_value else None
        except (AttributeError, IndexError) as err:
            place = f"{description.name}/{path}"
            raise StreamError(f"the state has no {path}", offset=reader.offset, path=place) from err
        if vmsd is not None:
            _load(reader, vmsd, current, _struct_version(field, vmsd))
        elif info is not None:
            reader.owner, reader.field = description.name, path
            value = info.load(reader, current, field.size)
            if field.has_value:
                setter(path)(state, value)


def _load_subsections(reader: Reader, description: VMStateDescription, state: object) -> None:
    """Load the subsections that follow; what is not ours is left to the owner of the bytes.

    Source: facts of QEMU's peek rule: a foreign or too short name is no error here.
    """
    own = description.name.encode("latin-1")
    while True:
        head = reader.peek(2)
        if len(head) < 2 or head[0] != SUBSECTION or head[1] < len(own) + 1:
            return
        name = reader.peek(head[1], skip=2)
        if len(name) < head[1] or not name.startswith(own):
            return
        known = {subsection.name: subsection for subsection in description.subsections}
        subsection = known.get(name.decode("latin-1"))
        if subsection is None:
            raise StreamError(
                f"subsection {name.decode('latin-1')!r} is unknown; known: "
                f"{', '.join(sorted(known)) or 'none'}",
                offset=reader.offset,
                path=description.name,
            )
        reader.owner, reader.field = subsection.name, ""
        reader.take(2 + len(name))
        _load(reader, subsection, state, reader.unsigned(4))
