"""What compiled functions ask of arrays, flags, timers and bytes: certain, or not at all."""

from __future__ import annotations

import pytest

from tests.support.recorded_states import Index, LooseTimer, NoTimer, Timer
from tests.support.slotted_states import (
    WITHOUT_X,
    Answering,
    Loose,
    Near,
    Point,
    Refusing,
    Slots,
    Watched,
)
from vmstate.blank import Place as BlankPlace
from vmstate.compiler.values import (
    SequenceTypes,
    SlotTypes,
    TimerTypes,
    Types,
    empty_slot,
    flags,
    is_subsection,
    packer,
    unpacker,
)


class Place(list):
    """A list's subclass that is indexed as any list."""


class Odd(list):
    def __getitem__(self, key):
        return 7


def readable():
    return SequenceTypes(list, tuple, bytes, bytearray)


def test_numbers_are_packed_big_endian():
    assert packer("H", 2)(1, 2) == b"\0\1\0\2"
    assert unpacker("h", 2)(b"xx\xff\xff\0\1", 2) == (-1, 1)
    assert packer("H", 2) is packer("H", 2)


@pytest.mark.parametrize("values", [[], [0, 1], [True, False], (1, 1)])
def test_zeros_and_ones_are_flags(values):
    assert flags(values) is values


@pytest.mark.parametrize("values", [[2], [0, -1], [None], ["1"]])
def test_nothing_else_is_a_flag(values):
    with pytest.raises(ValueError, match="not all are booleans"):
        flags(values)


@pytest.mark.parametrize("value", [[], (), b"", bytearray(), Place()])
def test_pythons_own_sequences_are_read_in_one_go(value):
    types = readable()
    assert types.has(value)
    assert types.has(value)


@pytest.mark.parametrize("value", [None, 3, "abc", {}, Odd(), memoryview(b"a"), range(3)])
def test_other_sequences_may_behave_in_other_ways(value):
    assert not readable().has(value)


def test_a_subclass_of_list_is_learnt():
    types = SequenceTypes(list)
    assert Place not in types
    assert types.has(Place())
    assert Place in types
    assert not types.has(())


def test_rows_are_read_one_after_another():
    types = readable()
    assert types.rows([[1, 2, 9], (3, 4), [5, 6]], 2, 2) == [1, 2, 3, 4]
    assert types.rows([], 0, 2) == []


@pytest.mark.parametrize("table", [[[1, 2]], [[1, 2], [3]], [[1, 2], None], None, {0: [1, 2]}])
def test_what_lacks_a_value_is_no_table(table):
    types = readable()
    with pytest.raises(TypeError, match="not a table"):
        types.rows(table, 2, 2)
    assert types.put_rows(table, 2, 2, [1, 2, 3, 4]) is False


def test_rows_are_written_in_place():
    table = [[0, 0, 9], Place([0, 0])]
    first, second = table
    assert SequenceTypes(list).put_rows(table, 2, 2, iter([1, 2, 3, 4]))
    assert (first, second) == ([1, 2, 9], [3, 4])
    assert (table[0] is first, table[1] is second) == (True, True)


def test_what_can_not_be_written_is_no_table_to_write_to():
    table = [[0, 0], (0, 0)]
    assert not SequenceTypes(list).put_rows(table, 2, 2, [1, 2, 3, 4])
    assert table == [[0, 0], (0, 0)]


@pytest.mark.parametrize("kind", [bytes, memoryview])
@pytest.mark.parametrize(
    ("data", "is_one"),
    [
        (b"\5\3pit", False),
        (b"\5\4pit/", True),
        (b"\5\4pit/more", True),
        (b"\5\5pit/x", True),
        (b"\5\5pit/", False),
        (b"\5\4pot/", False),
        (b"\4\4pit/", False),
        (b"\5\0", False),
        (b"\5", False),
    ],
)
def test_a_subsection_is_told_by_its_header(kind, data, is_one):
    assert is_subsection(kind(b"xx" + data), 2, b"pit") is is_one


@pytest.mark.parametrize("make", [Timer, LooseTimer])
def test_timers_are_known_by_their_type(make):
    types = TimerTypes()
    assert [types.has(make(3)) for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize("value", [None, 3, Index(3), NoTimer(3)])
def test_what_lacks_a_method_is_no_timer(value):
    types = TimerTypes()
    assert [types.has(value) for _ in range(2)] == [False, False]


@pytest.mark.parametrize("name", ["modify", "delete"])
def test_an_instance_may_hide_a_method_of_its_type(name):
    types = TimerTypes()
    timer = LooseTimer(3)
    assert types.has(timer)
    vars(timer)[name] = None
    assert not types.has(timer)


def test_a_timer_without_a_moment_is_none():
    types = TimerTypes()
    timer = LooseTimer(3)
    assert types.has(timer)
    del timer.expire_ns
    assert types.has(timer) == isinstance(timer, timer_protocol())


def timer_protocol():
    from vmstate.info import TimerLike

    return TimerLike


class Dynamic:
    """A timer that makes its parts up."""

    def __getattr__(self, name):
        if name in {"expire_ns", "modify", "delete"}:
            return 5
        raise AttributeError(name)


def test_a_timer_that_is_made_up_is_asked_each_time():
    types = TimerTypes()
    assert types.has(Dynamic()) == isinstance(Dynamic(), timer_protocol())


class Row(list):
    """A list with a slot beside its elements."""

    __slots__ = ("x",)


@pytest.mark.parametrize("kind", [Point, Near, Loose, Row])
def test_types_that_have_the_slots_are_learnt(kind):
    types = SlotTypes(["x"])
    assert types.latest is None
    assert [types.has(kind()) for _ in range(2)] == [True, True]
    assert (types.latest, types.refused) == (kind, None)


@pytest.mark.parametrize("kind", [Answering, Refusing, Watched, *WITHOUT_X, BlankPlace])
def test_types_in_whose_slots_more_happens_are_not(kind):
    types = SlotTypes(["x"])
    assert [types.has(kind()) for _ in range(2)] == [False, False]
    assert (types.latest, types.refused) == (None, kind)


def test_a_type_must_have_all_of_the_slots():
    assert SlotTypes(["x", "y"]).has(Point())
    assert not SlotTypes(["x", "z"]).has(Point())


def test_the_latest_is_the_one_that_was_learnt_last():
    types = SlotTypes(["x"])
    known = [types.has(value) for value in (Point(), Near(), Slots(), Point())]
    assert known == [True, True, False, True]
    assert (types.latest, types.refused) == (Near, Slots)


def test_the_same_slots_are_learnt_once():
    types = Types()
    assert types.slots("xy") is types.slots(["y", "x", "x"])
    assert types.slots("xy") is not types.slots("x")


def test_an_empty_slot_holds_nothing():
    empty_slot(Point(), "x")
    with pytest.raises(AttributeError, match=r"^z$"):
        empty_slot(Point(), "z")
