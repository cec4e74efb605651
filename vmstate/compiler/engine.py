"""Engines: the interpreter, walking single fields on behalf of compiled functions.

Compiled code hands over whatever it has no fast way for: odd fields, hooks, and every run
in which something is wrong.  Nested states come back to compiled code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from vmstate.compiler.code import Codes
from vmstate.compiler.places import Lack, Place
from vmstate.compiler.plan import accepts
from vmstate.compiler.trace import Pending
from vmstate.cursor import Reader, Writer
from vmstate.description import Field, VMStateDescription
from vmstate.elements import Elements, untaken
from vmstate.interpreter import Loader, Saver
from vmstate.layout import FieldLayout, StateLayout


class CompiledSaver(Saver):
    """Saves what compiled functions leave to it.

    Args:
        out: the bytes that they append to.
        codes: gives the functions of nested states.
    """

    def __init__(self, out: bytearray, codes: Codes) -> None:
        super().__init__(Writer(out), codes.release)
        self.writer = self._writer
        self._out = out
        self._codes = codes

    def state(self, description: VMStateDescription, state: object, version_id: int) -> StateLayout:
        """Save *state* by its compiled function."""
        code = self._codes.saving(description, version_id)
        offset = len(self._out)
        trace = code.run(self, self._out, state, version_id)
        # It only passes through the interpreter, on its way into a trace.
        return cast("StateLayout", Pending(code.plan, version_id, offset, trace))

    def walk(self, description: VMStateDescription, index: int, state: object) -> FieldLayout:
        """Save one field."""
        return self._field(description, index, state)

    def again(
        self, description: VMStateDescription, indices: tuple[int, ...], state: object
    ) -> None:
        """Save the fields of a run, none of which is written yet."""
        for index in indices:
            self._field(description, index, state)

    def exists(
        self, description: VMStateDescription, field: Field, state: object, version_id: int
    ) -> bool:
        """Whether the field is there; EncodeError if it must be."""
        return self._exists(description, field, state, version_id)

    def subsection(self, description: VMStateDescription, state: object) -> None:
        """Save a subsection whose header can't be written, which is an error."""
        self._subsection(description, state)

    def pre_save(self, description: VMStateDescription, state: object) -> None:
        """Run the hook."""
        self._pre_save(description, state)

    def post_save(self, description: VMStateDescription, state: object, *, saved: bool) -> None:
        """Run the hook."""
        self._post_save(description, state, saved=saved)

    def explain(self, place: Place, names: Mapping[str, Any], trouble: Exception) -> None:  # noqa: ARG002 (protocol)
        """Raise what the interpreter says of *place*."""
        _look(self._writer, place, names)


class CompiledLoader(Loader):
    """Loads what compiled functions leave to it.

    Args:
        reader: reads the bytes.
        data: the same bytes, as compiled functions read them.
        codes: gives the functions of nested states.

    Attributes:
        reader: the same.
        answer: what the last hook answered that had a say.
    """

    def __init__(self, reader: Reader, data: bytes | memoryview, codes: Codes) -> None:
        super().__init__(reader, codes.release)
        self.reader = reader
        self.answer = 0
        self._data = data
        self._codes = codes

    def state(self, description: VMStateDescription, state: object, version_id: int) -> int:
        """Load *state* by its compiled function."""
        if not accepts(description, version_id):
            return super().state(description, state, version_id)
        reader = self._reader
        code = self._codes.loading(description, version_id)
        reader.offset = code.run(self, self._data, reader.offset, state, version_id)
        return self.answer if code.answers else 0

    def walk(self, offset: int, description: VMStateDescription, index: int, state: object) -> int:
        """Load one field; return the offset past it."""
        self._reader.offset = offset
        self._field(description, description.fields[index], state)
        return self._reader.offset

    def again(
        self,
        offset: int,
        description: VMStateDescription,
        indices: tuple[int, ...],
        state: object,
    ) -> int:
        """Load the fields of a run, none of which is read yet; return the offset past them."""
        self._reader.offset = offset
        for index in indices:
            self._field(description, description.fields[index], state)
        return self._reader.offset

    def leaf(
        self, offset: int, description: VMStateDescription, field: Field, state: object
    ) -> None:
        """Load one field inside a run."""
        self._reader.offset = offset
        self._field(description, field, state)

    def exists(
        self,
        offset: int,
        description: VMStateDescription,
        field: Field,
        state: object,
        version_id: int,
    ) -> bool:
        """Whether the field is there; StreamError if it must be."""
        self._reader.offset = offset
        return self._exists(description, field, state, version_id)

    def subsections(self, offset: int, description: VMStateDescription, state: object) -> int:
        """Load the subsections that follow; return the offset past them."""
        self._reader.offset = offset
        self._subsections(description, state)
        return self._reader.offset

    def pre_load(self, offset: int, description: VMStateDescription, state: object) -> None:
        """Run the hook."""
        self._reader.offset = offset
        self._pre_load(description, state)

    def post_load(
        self, offset: int, description: VMStateDescription, state: object, version_id: int
    ) -> None:
        """Run the hook, and note what it answers."""
        self._reader.offset = offset
        self.answer = self._post_load(description, state, version_id)

    def explain(self, place: Place, names: Mapping[str, Any], trouble: Exception) -> None:
        """Raise what the interpreter says of *place*."""
        reader, state = self._reader, names.get(place.holder)
        reader.offset = names["o"] + place.offset
        if place.lack is Lack.ROOM:
            reader.owner, reader.field = place.owner.name, place.field.name
            raise untaken(reader, state, names[place.value]) from trouble
        if place.lack is Lack.ELEMENT:
            _look(reader, place, names)
        elif state is not None:
            self._field(place.owner, place.field, state)


def _look(cursor: Reader | Writer, place: Place, names: Mapping[str, Any]) -> None:
    """Look for an element as the interpreter does, which raises what it says."""
    cursor.owner, cursor.field = place.owner.name, place.field.name
    elements = Elements(place.field, names[place.holder], cursor)
    number = place.element(names)
    if number is not None:
        cursor.field = place.field.path_of(number)
        elements.get(number)
