"""Elements: where the values of one field are in one state, and how many.

Everything that is known of states as Python objects is here and in ``vmstate.paths``: a
pointer that is null is None, an array is a list, a row of a 2-D array is a list in it.

Source: QEMU 11.1 migration/vmstate.c: vmstate_n_elems, vmstate_size, vmstate_handle_alloc.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vmstate.cursor import Reader, Writer
from vmstate.description import Field
from vmstate.errors import StreamError, TruncatedStreamError, VMStateError, shown
from vmstate.flags import VMS
from vmstate.paths import getter, setter
from vmstate.slots import is_put, is_slot

#: What a state raises where it has no such place.
ABSENT = (AttributeError, LookupError, TypeError)
#: What it raises where the place takes no such value.
UNTAKEN = (*ABSENT, ValueError, OverflowError)


def untaken(cursor: Reader | Writer, place: object, value: object) -> VMStateError:
    """Return the error that says that *place*, a state or an array, can't take *value*."""
    return cursor.unfit(place, f"it can't take {shown(value)}")


class Elements:
    """The elements of *field* in *state*.

    Args:
        field: the field; its count and size are taken from the state now.
        state: any object.
        cursor: where it is being read or written, for errors.

    Attributes:
        count: how many there are; none of those that take no bytes and no place, so that
            a count alone keeps nobody busy.
        size: what the codec is told of the size of one, bytes.
        is_null: whether the one element is a null pointer to a buffer of no bytes, which
            no codec is asked about.

    Raises:
        EncodeError, StreamError: the state has no such count or size, or no array.
    """

    __slots__ = (
        "_container",
        "_cursor",
        "_field",
        "_fresh",
        "_state",
        "count",
        "is_null",
        "size",
    )

    def __init__(self, field: Field, state: object, cursor: Reader | Writer) -> None:
        self._field, self._state, self._cursor = field, state, cursor
        self._fresh = False
        self._container: Any = None
        self.count: int = self._at(field.num_field, field.count)
        self.size: int = self._at(field.size_field, field.element_size)
        if self.size < 0:
            raise cursor.unfit(self.size, "the size is negative")
        self.is_null = (
            bool(field.flags & VMS.VBUFFER)
            and self.size == 0
            and self._at(field.name, getter(field.name)) is None
        )
        if field.is_array and not field.has_value and self.size == 0:
            self.count = 0
        elif field.is_array and field.has_value and self.count:
            self._container = self._at(field.name, getter(field.name))

    def _at(self, path: str, get: Callable[[Any], Any]) -> Any:  # noqa: ANN401 (a state is any object)
        try:
            return get(self._state)
        except ABSENT as err:
            raise self._cursor.unfit(self._state, f"it has no {path}") from err

    def allocate(self, reader: Reader) -> None:
        """Put something new into the state, as QEMU does before it loads into a pointer.

        Nothing new is made of no elements or no bytes: the state keeps what it has.

        Raises:
            StreamError: so much can't be in the bytes that are left, or the state can't
                take it.
        """
        field = self._field
        new: Any = None
        if field.is_array:
            new = self._new_array(reader)
        elif field.is_struct and field.make is not None:
            new = field.make()
        elif field.flags & VMS.VBUFFER and self.size:
            if self.size > reader.remaining:
                raise TruncatedStreamError(
                    self.size, reader.remaining, offset=reader.offset, path=reader.path
                )
            new = bytearray(self.size)
        if new is not None:
            self._set(new)

    def _new_array(self, reader: Reader) -> list[Any] | None:
        count = self._field.signed_count(self._state)
        if count < 0:
            # QEMU asks for as much memory as there is, and ends.
            raise reader.unfit(count, "the count of what is to be allocated is negative")
        if count > reader.remaining:
            # Every element takes a byte at least: a count that lies must not exhaust memory.
            raise StreamError(
                f"{count} elements can't be in the {reader.remaining} bytes that are left",
                offset=reader.offset,
                path=reader.path,
            )
        if not count:
            return None
        array: list[Any] = [None] * count
        self._container, self._fresh = array, True
        return array

    def _set(self, value: object) -> None:
        try:
            setter(self._field.name)(self._state, value)
        except UNTAKEN as err:
            raise untaken(self._cursor, self._state, value) from err

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
            is_pointer = field.is_struct or field.flags & VMS.POINTER
            if value is None and is_pointer and not self.is_null:
                raise self._cursor.unfit(value, "the pointer is null")
            return value
        container, key = self._place(number)
        if container is None:
            raise self._cursor.unfit(container, "the pointer is null")
        try:
            if self._fresh and field.make is not None and not field.is_pointer_array:
                container[key] = field.make()
            value = container[key]
        except ABSENT as err:
            raise self._cursor.unfit(container, f"it has no {field.path_of(number)}") from err
        if value is None and field.is_struct and not field.is_pointer_array:
            raise self._cursor.unfit(value, "the pointer is null")
        return value

    def held(self, number: int) -> Any:  # noqa: ANN401 (a state is any object)
        """Return what element *number* holds before it is loaded; None in an empty slot.

        Raises:
            StreamError: the state has no such element; see ``vmstate.slots``.
        """
        try:
            return self.get(number)
        except VMStateError:
            if is_put(self._field) and self._is_slot():
                return None
            raise

    def _is_slot(self) -> bool:
        try:
            return is_slot(self._state, self._field.name)
        except ABSENT:
            return False

    def put(self, number: int, value: object) -> None:
        """Put *value* in the place of element *number*, which was looked at before.

        Raises:
            StreamError: the state does not take it.
        """
        field = self._field
        if not field.has_value:
            return
        if not field.is_array:
            self._set(value)
            return
        container, key = self._place(number)
        try:
            container[key] = value
        except UNTAKEN as err:
            raise untaken(self._cursor, container, value) from err

    def _place(self, number: int) -> tuple[Any, int]:
        """Return the sequence that holds element *number*, and its index in it."""
        if not self._field.columns:
            return self._container, self._field.start + number
        row, column = divmod(number, self._field.columns)
        try:
            return self._container[row], column
        except ABSENT as err:
            path = self._field.path_of(number)
            raise self._cursor.unfit(self._container, f"it has no {path}") from err
