"""The interpreter: saves and loads a state by walking its description.

This is the plain reading of the language, the one that everyone can check; whatever is
faster must be equal to it.  It knows descriptions and cursors; it knows no sections,
no files and no devices.

Source: QEMU 11.1 migration/vmstate.c: vmstate_load_vmsd, vmstate_save_vmsd_v,
vmstate_subsection_load, vmstate_subsection_save; for older releases vmstate_load_state,
vmstate_save_state_v.
"""

from __future__ import annotations

from errno import EINVAL, ENOENT, EPERM
from typing import Any

from vmstate.cursor import Reader, Writer
from vmstate.description import SUBSECTION_VERSION_MASK, Field, VMStateDescription
from vmstate.elements import Elements
from vmstate.errors import EncodeError, StreamError, VersionError
from vmstate.info.protocol import REFUSED_ANSWER
from vmstate.layout import NULL, UNMARKED, VALID, FieldLayout, StateLayout
from vmstate.nesting import room_for
from vmstate.release import LATEST, Release
from vmstate.saved import Saved

#: First byte of a subsection on the wire (QEMU_VM_SUBSECTION).
SUBSECTION = 0x05
#: Marker bytes of pointers on the wire (VMS_MARKER_PTR_NULL, VMS_MARKER_PTR_VALID).
NULL_POINTER, VALID_POINTER = NULL.encode(), VALID.encode()


def save(
    description: VMStateDescription,
    state: object,
    *,
    version_id: int | None = None,
    release: Release = LATEST,
) -> Saved:
    """Save *state* as *description* says.

    Args:
        description: what the state is made of.
        state: any object that has the fields; its hooks may change it.
        version_id: an older version to write; the description's own if None.
        release: by whose rules.

    Raises:
        EncodeError: the state does not fit the description, or a hook failed.
    """
    writer = Writer()
    version = description.version_id if version_id is None else version_id
    with room_for(description.depth):
        layout = Saver(writer, release).whole(description, state, version)
    return Saved(bytes(writer), layout, release, tuple(writer.descriptors or ()))


def load(
    description: VMStateDescription,
    state: object,
    data: bytes | Reader,
    version_id: int,
    *,
    release: Release = LATEST,
) -> None:
    """Load *state* from *data*, which holds version *version_id* of *description*.

    Fields that the bytes don't have keep the value that *state* holds.  A cursor is left
    just past what was read; from plain bytes, nothing may be left over.

    Raises:
        StreamError: the bytes are not such a state, *state* can't take them, or a hook
            refused them; what came before the place at fault is in *state*.
    """
    reader = data if isinstance(data, Reader) else Reader(data)
    try:
        with room_for(description.depth):
            Loader(reader, release).whole(description, state, version_id)
    except StreamError as err:
        if not release.keeps_codec_errors:
            err.number = EINVAL
        raise
    if reader is not data and reader.remaining:
        raise left_over(description, reader)


def left_over(description: VMStateDescription, reader: Reader) -> StreamError:
    """Return the error that says that bytes follow a whole state of *description*."""
    why = f"{reader.remaining} bytes are left over"
    return StreamError(why, offset=reader.offset, path=description.name)


class Saver:
    """Saves states through one writer.

    Args:
        writer: takes the bytes.
        release: by whose rules.
    """

    def __init__(self, writer: Writer, release: Release) -> None:
        self._writer = writer
        self._release = release

    def whole(self, description: VMStateDescription, state: object, version_id: int) -> StateLayout:
        """Save what stands by itself, as a section does."""
        if description.unmigratable:
            raise EncodeError(description.name, state, "the device is not migratable")
        return self.state(description, state, version_id)

    def state(self, description: VMStateDescription, state: object, version_id: int) -> StateLayout:
        """Save *state* with its subsections, and run its hooks."""
        offset = self._writer.offset
        self._pre_save(description, state)
        saved = False
        try:
            fields = [
                self._field(description, index, state)
                for index, field in enumerate(description.fields)
                if self._exists(description, field, state, version_id)
            ]
            subsections = [
                self._subsection(subsection, state)
                for subsection in description.subsections
                if subsection.is_needed(state)
            ]
            saved = True
        finally:
            self._post_save(description, state, saved=saved)
        size = self._writer.offset - offset
        return StateLayout(description, version_id, offset, size, tuple(fields), tuple(subsections))

    def _pre_save(self, description: VMStateDescription, state: object) -> None:
        why = ""
        if description.pre_save_errp is not None:
            why = description.pre_save_errp(state) or ""
        elif description.pre_save is not None:
            answer = description.pre_save(state) or 0
            if answer < 0 or (answer > 0 and not self._release.only_negative_fails):
                why = "pre_save failed"
        if why:
            raise EncodeError(description.name, state, why)

    def _post_save(self, description: VMStateDescription, state: object, *, saved: bool) -> None:
        """Run the hook; it runs whenever pre_save did, with no say where something failed."""
        answer = description.post_save(state) if description.post_save else None
        if saved and answer and self._release.post_save_can_fail:
            raise EncodeError(description.name, state, "post_save failed")

    @staticmethod
    def _exists(
        description: VMStateDescription, field: Field, state: object, version_id: int
    ) -> bool:
        if field.exists(state, version_id):
            return True
        if field.must_exist:
            # QEMU ends the process here.
            path = f"{description.name}/{field.name}"
            raise EncodeError(path, state, "the state is not valid")
        return False

    def _subsection(self, description: VMStateDescription, state: object) -> StateLayout:
        self._writer.owner, self._writer.field = description.name, ""
        self._writer.integer(SUBSECTION, 1)
        self._writer.counted_string(description.name)
        self._writer.integer(description.version_id, 4)
        return self.state(description, state, description.version_id)

    def _field(self, description: VMStateDescription, index: int, state: object) -> FieldLayout:
        writer, field = self._writer, description.fields[index]
        offset = writer.offset
        writer.owner, writer.field = description.name, field.name
        elements = Elements(field, state, writer)
        sizes: list[int] = []
        markers: list[str] = []
        children: list[StateLayout] = []
        for number in range(elements.count):
            start = writer.offset
            writer.owner, writer.field = description.name, field.path_of(number)
            value = elements.get(number)
            if field.is_pointer_array:
                marker = self._marker(field, value)
                markers.append(marker)
                if marker == NULL:
                    sizes.append(1)
                    continue
            if not elements.is_null:
                children += self._element(field, value, elements.size)
            sizes.append(writer.offset - start)
        return FieldLayout(index, field, offset, tuple(sizes), "".join(markers), tuple(children))

    def _marker(self, field: Field, value: object) -> str:
        if value is None:
            self._writer.put(NULL_POINTER)
            return NULL
        if not field.has_markers:
            return UNMARKED
        self._writer.put(VALID_POINTER)
        return VALID

    def _element(self, field: Field, value: Any, size: int) -> list[StateLayout]:  # noqa: ANN401 (a state is any object)
        """Save one element; return the states inside it."""
        children: list[StateLayout] = []
        if field.is_struct and field.vmsd is not None:
            return [self.state(field.vmsd, value, field.struct_version())]
        if field.container is not None:

            def save_inner(vmsd: VMStateDescription, inner: object, version_id: int) -> None:
                children.append(self.state(vmsd, inner, version_id))

            field.container.save_states(self._writer, value, field, save_inner)
        elif field.codec is not None:
            field.codec.save(self._writer, value, size)
        return children


class Loader:
    """Loads states through one reader.

    Args:
        reader: gives the bytes.
        release: by whose rules.
    """

    def __init__(self, reader: Reader, release: Release) -> None:
        self._reader = reader
        self._release = release

    def whole(self, description: VMStateDescription, state: object, version_id: int) -> None:
        """Load what stands by itself, as a section does."""
        if description.unmigratable:
            raise self._refusal(description, "the device is not migratable")
        self.state(description, state, version_id)

    def state(self, description: VMStateDescription, state: object, version_id: int) -> int:
        """Load *state* with its subsections, and run its hooks.

        Returns:
            What its last hook answered, where the release leaves it to the caller to refuse
            what is positive; else zero.
        """
        load_old = description.load_state_old
        if load_old is not None and description.reads_old(version_id):
            # No hook runs.  Source: QEMU 6.2 vmstate_load_state; gone since 7.0.
            answer = load_old(self._reader, state, version_id)
            return self._judge(description, "load_state_old", answer)
        if not description.minimum_version_id <= version_id <= description.version_id:
            raise VersionError(
                version_id, description.accepts, offset=self._reader.offset, path=description.name
            )
        self._pre_load(description, state)
        for field in description.fields:
            if self._exists(description, field, state, version_id):
                self._field(description, field, state)
        self._subsections(description, state)
        return self._post_load(description, state, version_id)

    def _refusal(
        self, description: VMStateDescription, why: str, number: int = EINVAL
    ) -> StreamError:
        return StreamError(why, offset=self._reader.offset, path=description.name, number=number)

    def _pre_load(self, description: VMStateDescription, state: object) -> None:
        if description.pre_load_errp is not None:
            why = description.pre_load_errp(state)
            if why:
                raise self._refusal(description, why)
        elif description.pre_load is not None:
            answer = description.pre_load(state)
            if answer:
                raise self._refusal(description, "pre_load failed", abs(answer))

    def _post_load(self, description: VMStateDescription, state: object, version_id: int) -> int:
        if description.post_load_errp is not None:
            why = description.post_load_errp(state, version_id)
            if why:
                raise self._refusal(description, why)
        elif description.post_load is not None:
            answer = description.post_load(state, version_id)
            return self._judge(description, "post_load", answer)
        return 0

    def _judge(self, description: VMStateDescription, hook: str, answer: int | None) -> int:
        """Refuse a negative *answer*; return a positive one if it is the caller's to refuse."""
        answer = answer or 0
        if answer < 0:
            raise self._refusal(description, f"{hook} failed", -answer)
        return answer if self._release.passes_answers_up else 0

    def _exists(
        self, description: VMStateDescription, field: Field, state: object, version_id: int
    ) -> bool:
        if field.exists(state, version_id):
            return True
        if field.must_exist:
            path, offset = f"{description.name}/{field.name}", self._reader.offset
            raise StreamError("input validation failed", offset=offset, path=path, number=EPERM)
        return False

    def _field(self, description: VMStateDescription, field: Field, state: object) -> None:
        reader = self._reader
        reader.owner, reader.field = description.name, field.name
        elements = Elements(field, state, reader)
        if field.is_allocated:
            elements.allocate(reader)
        for number in range(0 if elements.is_null else elements.count):
            reader.owner, reader.field = description.name, field.path_of(number)
            value = elements.held(number)
            if field.is_pointer_array and (value is None or field.has_markers):
                value = self._pointer(field, value)
                if value is None:
                    continue
                elements.put(number, value)
            if field.is_struct and field.vmsd is not None:
                self.state(field.vmsd, value, field.struct_version())
            elif field.container is not None:
                loaded = field.container.load_states(reader, value, field, self.state)
                elements.put(number, loaded)
            elif field.codec is not None:
                elements.put(number, field.codec.load(reader, value, elements.size))

    def _pointer(self, field: Field, value: object) -> object:
        """Read a pointer's marker; return what is to be loaded into, None for a null pointer."""
        if value is not None:
            raise self._reader.unfit(value, "the pointer must be null before it is loaded")
        offset = self._reader.offset
        marker = self._reader.take(1)
        if marker == NULL_POINTER:
            return None
        if marker != VALID_POINTER or not field.has_markers or field.make is None:
            raise StreamError(
                f"marker {marker[0]:#04x}: the pointer is null on this side",
                offset=offset,
                path=self._reader.path,
            )
        return field.make()

    def _subsections(self, description: VMStateDescription, state: object) -> None:
        """Load the subsections that follow; what is not ours is left to the owner of the bytes.

        A foreign or too short name is no error here: the bytes may be the next field's.
        Names are C strings, so that one ends at its first zero byte.

        Source: QEMU 11.1 migration/vmstate.c: vmstate_subsection_load.
        """
        reader = self._reader
        own = description.name.encode("latin-1")
        while True:
            head = reader.peek(2)
            if len(head) < 2 or head[0] != SUBSECTION or head[1] < len(own) + 1:
                return
            name = reader.peek(head[1], skip=2)
            if len(name) < head[1] or not name.startswith(own):
                return
            known = {subsection.name: subsection for subsection in description.subsections}
            text = name.partition(b"\0")[0].decode("latin-1")
            subsection = known.get(text)
            if subsection is None:
                raise self._refusal(
                    description,
                    f"subsection {text!r} is unknown; known: {', '.join(sorted(known)) or 'none'}",
                    ENOENT,
                )
            reader.owner, reader.field = subsection.name, ""
            reader.take(2 + len(name))
            version_id = reader.unsigned(4) & SUBSECTION_VERSION_MASK
            answer = self.state(subsection, state, version_id)
            if answer:
                raise self._refusal(subsection, REFUSED_ANSWER.format(answer), answer)
