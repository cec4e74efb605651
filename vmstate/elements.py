"""Elements: where the values of one field are in one state, and how many.

Everything that is known of states as Python objects is here and in ``vmstate.paths``: a
pointer that is null is None, an array is a list, a row of a 2-D array is a list in it.

Source: QEMU 11.1 migration/vmstate.c: vmstate_n_elems, vmstate_size, vmstate_handle_alloc.
"""

from __future__ import annotations

from typing import Any

from vmstate.cursor import Reader, Writer
from vmstate.description import Field
from vmstate.errors import StreamError, TruncatedStreamError
from vmstate.flags import VMS
from vmstate.paths import getter, setter

#: What a state raises where it has no such place.
_ABSENT = (AttributeError, IndexError, TypeError)


class Elements:
    """The elements of *field* in *state*.

    Args:
        field: the field; its count and size are taken from the state now.
        state: any object.
        cursor: where it is being read or written, for errors.

    Attributes:
        count: how many there are.
        size: what the codec is told of the size of one, bytes.

    Raises:
        EncodeError, StreamError: the state has no such count or size.
    """

    __slots__ = ("_container", "_cursor", "_field", "_fresh", "_state", "count", "size")

    def __init__(self, field: Field, state: object, cursor: Reader | Writer) -> None:
        self._field, self._state, self._cursor = field, state, cursor
        self._fresh = False
        self._container: Any = None
        try:
            self.count = field.count(state)
            self.size = field.element_size(state)
        except _ABSENT as err:
            raise cursor.unfit(state, f"it has no {field.num_field or field.size_field}") from err
        if self.size < 0:
            raise cursor.unfit(self.size, "the size is negative")
        if field.is_array and field.has_value and self.count:
            self._container = self._at(field.name, getter(field.name))

    def _at(self, path: str, get: Any) -> Any:  # noqa: ANN401 (a state is any object)
        try:
            return get(self._state)
        except _ABSENT as err:
            raise self._cursor.unfit(self._state, f"it has no {path}") from err

    def allocate(self, reader: Reader) -> None:
        """Put a new buffer or array into the state, as QEMU does before it loads into one.

        Raises:
            StreamError: so much can't be in the bytes that are left.
        """
        field = self._field
        new: bytearray | list[Any]
        if not field.is_array:
            if self.size > reader.remaining:
                raise TruncatedStreamError(
                    self.size, reader.remaining, offset=reader.offset, path=reader.path
                )
            new = bytearray(self.size)
        elif self.count > reader.remaining:
            # Every element takes a byte at least: a count that lies must not exhaust memory.
            raise StreamError(
                f"{self.count} elements can't be in the {reader.remaining} bytes that are left",
                offset=reader.offset,
                path=reader.path,
            )
        else:
            new = [None] * self.count
        if new:
            setter(field.name)(self._state, new)
            self._container, self._fresh = new, True

    def get(self, number: int) -> Any:  # noqa: ANN401 (a state is any object)
        """Return element *number*; None where the field has no value.

        Raises:
            EncodeError, StreamError: the state has no such element, or a null pointer in its place.
        """
        field = self._field
        if field.whole:
            return self._state
        if not field.has_value:
            return None
        if not field.is_array:
            value = self._at(field.name, getter(field.name))
            if value is None and field.flags & VMS.VBUFFER and self.size == 0:
                # QEMU lets a pointer to nothing be null.
                return bytearray()
            if value is None and (field.is_struct or field.flags & VMS.POINTER):
                raise self._cursor.unfit(value, "the pointer is null")
            return value
        container, key = self._place(number)
        try:
            if self._fresh and field.make is not None:
                container[key] = field.make()
            value = container[key]
        except _ABSENT as err:
            raise self._cursor.unfit(container, f"it has no {field.path_of(number)}") from err
        if value is None and field.is_struct and not field.is_pointer_array:
            raise self._cursor.unfit(value, "the pointer is null")
        return value

    def put(self, number: int, value: object) -> None:
        """Put *value* in the place of element *number*, which was got before."""
        field = self._field
        if not field.has_value:
            return
        if not field.is_array:
            setter(field.name)(self._state, value)
            return
        container, key = self._place(number)
        container[key] = value

    def _place(self, number: int) -> tuple[Any, int]:
        """Return the sequence that holds element *number*, and its index in it."""
        if not self._field.columns:
            return self._container, self._field.start + number
        row, column = divmod(number, self._field.columns)
        try:
            return self._container[row], column
        except _ABSENT as err:
            path = self._field.path_of(number)
            raise self._cursor.unfit(self._container, f"it has no {path}") from err
