"""Elements: where the values of a field are in a state, how many, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace as State

import pytest

from tests.support.slotted_states import Point
from vmstate import VMS, EncodeError, Field, StreamError, TruncatedStreamError, VMStateDescription
from vmstate.cursor import Reader, Writer
from vmstate.elements import Elements
from vmstate.info import BUFFER, TMP, UINT8, UNUSED_BUFFER

INNER = VMStateDescription(name="inner")
#: The shapes of fields, so that a test's line says what it is about.
SINGLE = Field(name="a", flags=VMS.SINGLE, info=UINT8)
ARRAY = Field(name="a", flags=VMS.ARRAY, info=UINT8, num=2)
COUNTED = Field(name="a", flags=VMS.VARRAY_UINT8 | VMS.POINTER, info=UINT8, num_field="n")
ROWS = Field(name="a", flags=VMS.ARRAY, info=UINT8, num=4, columns=2)
SIZED = Field(name="a", flags=VMS.VBUFFER | VMS.POINTER, info=BUFFER, size_field="s")
UNUSED = Field(name="unused", flags=VMS.VARRAY_UINT32, info=UNUSED_BUFFER, num_field="n", size=1)


def elements(field, state, data=None):
    """Return the elements as they are seen by a writer, or by a reader of *data*."""
    cursor = Writer() if data is None else Reader(data)
    cursor.owner, cursor.field = "chip", field.name
    return Elements(field, state, cursor)


def allocated(field, state, data):
    reader = Reader(data)
    reader.owner, reader.field = "chip", field.name
    found = Elements(field, state, reader)
    found.allocate(reader)
    return found


@pytest.mark.parametrize(
    ("field", "state", "count", "size"),
    [
        (SINGLE, State(a=1), 1, 0),
        (ARRAY, State(a=[1, 2]), 2, 0),
        (COUNTED, State(a=[1], n=1), 1, 0),
        (COUNTED, State(a=None, n=0), 0, 0),
        (COUNTED, State(a=[1], n=-3), 0, 0),
        (ROWS, State(a=[[1, 2], [3, 4]]), 4, 0),
        (SIZED, State(a=b"ab", s=2), 1, 2),
        (UNUSED, State(n=1 << 20), 1 << 20, 1),
        (Field(name="a", flags=VMS.BUFFER, info=BUFFER, size=7), State(a=b""), 1, 7),
    ],
)
def test_a_field_has_so_many_elements_of_such_a_size(field, state, count, size):
    found = elements(field, state)
    assert (found.count, found.size, found.is_null) == (count, size, False)


def test_elements_of_no_bytes_and_no_place_are_none():
    field = Field(name="unused", flags=VMS.VARRAY_UINT32, info=UNUSED_BUFFER, num_field="n")
    assert elements(field, State(n=1 << 30)).count == 0


def test_a_single_one_of_no_bytes_and_no_place_is_one():
    field = Field(name="unused", flags=VMS.BUFFER, info=UNUSED_BUFFER)
    assert elements(field, State()).count == 1


@pytest.mark.parametrize(
    ("value", "size", "is_null"), [(None, 0, True), (b"", 0, False), (b"ab", 2, False)]
)
def test_a_buffer_of_no_bytes_may_be_null(value, size, is_null):
    assert elements(SIZED, State(a=value, s=size)).is_null is is_null


def test_a_null_value_of_another_shape_is_not_a_null_buffer():
    assert not elements(SINGLE, State(a=None)).is_null


@pytest.mark.parametrize(
    ("field", "state", "missing"),
    [
        (COUNTED, State(a=[1]), "n"),
        (SIZED, State(a=b""), "s"),
        (SIZED, State(s=0), "a"),
        (ARRAY, State(), "a"),
        (Field(name="a[2]", flags=VMS.ARRAY, info=UINT8, num=1), State(a=[]), "a[2]"),
        (Field(name="a[0]", flags=VMS.ARRAY, info=UINT8, num=1), State(a={}), "a[0]"),
    ],
)
def test_what_the_state_has_not_is_named(field, state, missing):
    with pytest.raises(EncodeError) as error:
        elements(field, state)
    assert str(error.value) == f"chip/{field.name}: can't save {state!r}: it has no {missing}"
    with pytest.raises(StreamError) as refused:
        elements(field, state, b"")
    assert refused.value.why == f"can't load into {state!r}: it has no {missing}"


def test_no_elements_need_no_place():
    assert elements(Field(name="none", flags=VMS.ARRAY, info=UINT8), State()).count == 0


def test_a_negative_size_is_refused():
    with pytest.raises(EncodeError, match=r"^chip/a: can't save -1: the size is negative$"):
        elements(SIZED, State(a=b"", s=-1))


def test_an_element_is_got_from_its_place_and_put_there():
    state = State(a=[1, 2])
    found = elements(ARRAY, state)
    assert (found.get(0), found.get(1)) == (1, 2)
    found.put(1, 7)
    assert state.a == [1, 7]
    single = elements(SINGLE, State(a=1))
    assert single.get(0) == 1


def test_a_single_value_is_put_into_the_state():
    state = State(a=1)
    elements(SINGLE, state).put(0, 5)
    assert state.a == 5


def test_a_row_holds_its_elements():
    state = State(a=[[1, 2], [3, 4]])
    found = elements(ROWS, state)
    assert [found.get(number) for number in range(4)] == [1, 2, 3, 4]
    found.put(2, 9)
    assert state.a == [[1, 2], [9, 4]]


def test_a_part_of_an_array_begins_where_it_says():
    state = State(a=[1, 2, 3])
    found = elements(Field(name="a", flags=VMS.ARRAY, info=UINT8, num=2, start=1), state)
    assert (found.get(0), found.get(1)) == (2, 3)
    found.put(0, 9)
    assert state.a == [1, 9, 3]


def test_what_has_no_value_has_none_and_takes_none():
    state = State(n=1)
    found = elements(UNUSED, state)
    assert found.get(0) is None
    found.put(0, 7)
    assert vars(state) == {"n": 1}


def test_a_codec_of_the_whole_state_is_given_it():
    state = State(a=1)
    field = Field(name="a", info=TMP, vmsd=INNER, make=State, whole=True)
    found = elements(field, state)
    assert found.get(0) is state
    found.put(0, state)
    assert vars(state) == {"a": 1}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field(name="a", flags=VMS.STRUCT, vmsd=INNER), None),
        (Field(name="a", flags=VMS.VSTRUCT, vmsd=INNER), None),
        (Field(name="a", flags=VMS.SINGLE | VMS.POINTER, info=UINT8), None),
        (ARRAY, None),
        (Field(name="a", flags=VMS.ARRAY | VMS.STRUCT, vmsd=INNER, num=1), [None]),
    ],
)
def test_a_pointer_that_must_lead_somewhere_may_not_be_null(field, value):
    with pytest.raises(EncodeError) as error:
        elements(field, State(a=value)).get(0)
    assert error.value.why == "the pointer is null"
    assert error.value.value is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (SINGLE, None),
        (ARRAY, [None, None]),
        (Field(name="a", flags=VMS.ARRAY | VMS.ARRAY_OF_POINTER, info=UINT8, num=1), [None]),
        (
            Field(name="a", flags=VMS.ARRAY | VMS.ARRAY_OF_POINTER | VMS.STRUCT, vmsd=INNER, num=1),
            [None],
        ),
    ],
)
def test_what_is_no_pointer_or_marked_may_be_none(field, value):
    assert elements(field, State(a=value)).get(0) is None


@pytest.mark.parametrize("array", [[1], 7, {0: 1}])
def test_an_element_that_is_not_there_is_named(array):
    found = elements(ARRAY, State(a=array))
    with pytest.raises(EncodeError) as error:
        found.get(1)
    assert str(error.value) == f"chip/a: can't save {array!r}: it has no a[1]"


@pytest.mark.parametrize("rows", [[[1, 2]], 7])
def test_a_row_that_is_not_there_is_named(rows):
    with pytest.raises(EncodeError) as error:
        elements(ROWS, State(a=rows)).get(2)
    assert error.value.why == "it has no a[1][0]"


def test_a_place_that_takes_nothing_is_named():
    with pytest.raises(StreamError) as error:
        elements(ARRAY, State(a=(1, 2)), b"").put(0, 7)
    assert str(error.value) == "chip/a at offset 0x0: can't load into (1, 2): it can't take 7"


@pytest.mark.parametrize("value", [-1, 256, None])
def test_an_array_of_bytes_takes_bytes_alone(value):
    with pytest.raises(StreamError, match=f"it can't take {value}$"):
        elements(ARRAY, State(a=bytearray(2)), b"").put(0, value)


class Held:
    """A state with a field that can't be set."""

    a = property(lambda self: None)


def test_a_state_that_takes_nothing_is_named():
    with pytest.raises(StreamError, match=r"it can't take 7$"):
        elements(SINGLE, Held(), b"").put(0, 7)


ALLOC = VMS.ALLOC | VMS.POINTER


def test_a_new_array_is_as_long_as_the_count():
    state = State(a=[1], n=3)
    field = Field(name="a", flags=VMS.VARRAY_UINT8 | ALLOC, info=UINT8, num_field="n")
    found = allocated(field, state, bytes(3))
    assert state.a == [None, None, None]
    found.put(1, 7)
    assert state.a == [None, 7, None]
    assert found.get(1) == 7


def test_the_elements_of_a_new_array_are_made_when_they_are_got():
    field = Field(name="a", flags=VMS.ARRAY | VMS.STRUCT | ALLOC, vmsd=INNER, num=2, make=State)
    state = State(a=None)
    found = allocated(field, state, bytes(2))
    assert state.a == [None, None]
    assert found.get(0) == State()
    assert state.a == [State(), None]


def test_new_pointers_are_null():
    flags = VMS.ARRAY | VMS.ARRAY_OF_POINTER | VMS.ARRAY_OF_POINTER_AUTO_ALLOC | ALLOC
    field = Field(name="a", flags=flags, info=UINT8, num=2, make=int)
    assert allocated(field, State(a=[5, 5]), bytes(2)).get(0) is None


def test_a_new_buffer_has_the_size():
    state = State(a=None, s=3)
    allocated(
        Field(name="a", flags=VMS.VBUFFER | ALLOC, info=BUFFER, size_field="s"), state, b"abc"
    )
    assert state.a == bytearray(3)


def test_a_new_struct_is_made():
    state = State(a=None)
    field = Field(name="a", flags=VMS.STRUCT | ALLOC, vmsd=INNER, make=lambda: State(b=1))
    assert allocated(field, state, b"").get(0) is state.a
    assert state.a == State(b=1)


@pytest.mark.parametrize(
    ("field", "state"),
    [
        (Field(name="a", flags=VMS.SINGLE | ALLOC, info=UINT8), State(a=3)),
        (Field(name="a", flags=VMS.SINGLE | ALLOC, info=UINT8, make=int), State(a=3)),
        (Field(name="a", flags=VMS.ARRAY | ALLOC, info=UINT8), State(a=3)),
        (Field(name="a", flags=VMS.BUFFER | ALLOC, info=BUFFER, size=2), State(a=3)),
        (Field(name="a", flags=VMS.VBUFFER | ALLOC, info=BUFFER, size_field="s"), State(a=3, s=0)),
    ],
)
def test_nothing_is_made_of_nothing(field, state):
    allocated(field, state, b"")
    assert state.a == 3


def test_more_elements_than_bytes_are_refused():
    field = Field(name="a", flags=VMS.ARRAY | ALLOC, info=UINT8, num=3)
    state = State(a=None)
    with pytest.raises(StreamError) as error:
        allocated(field, state, bytes(2))
    assert str(error.value) == (
        "chip/a at offset 0x0: 3 elements can't be in the 2 bytes that are left"
    )
    assert state.a is None
    allocated(field, state, bytes(3))
    assert state.a == [None] * 3


def test_a_larger_buffer_than_the_bytes_is_refused():
    field = Field(name="a", flags=VMS.VBUFFER | ALLOC, info=BUFFER, size_field="s")
    with pytest.raises(TruncatedStreamError) as error:
        allocated(field, State(a=None, s=3), bytes(2))
    assert str(error.value) == "chip/a at offset 0x0: needs 3 bytes, 2 are left"
    assert (error.value.need, error.value.have) == (3, 2)


def test_a_negative_count_can_not_be_allocated():
    field = Field(name="a", flags=VMS.VARRAY_INT32 | ALLOC, info=UINT8, num_field="n")
    with pytest.raises(StreamError) as error:
        allocated(field, State(a=None, n=-1), bytes(2))
    assert str(error.value) == (
        "chip/a at offset 0x0: can't load into -1: the count of what is to be allocated is negative"
    )


def test_what_is_held_before_a_load_is_there_or_is_nothing_in_a_slot():
    field = Field(name="p.x", flags=VMS.SINGLE, info=UINT8)
    assert elements(field, State(p=State(x=4)), b"").held(0) == 4
    assert elements(field, State(p=Point(x=4)), b"").held(0) == 4
    assert elements(field, State(p=Point()), b"").held(0) is None
    for state in (State(p=State()), State()):
        with pytest.raises(StreamError, match=r"chip/p.x .* it has no p.x"):
            elements(field, state, b"").held(0)
