"""Blank states: every place that a description names is there, and can be loaded into."""

from __future__ import annotations

import pytest

from tests.support.engines import ENGINES
from vmstate import LATEST, VMS, Field, VMStateDescription, load, save
from vmstate.blank import Blank, BlankKey, Kept, Place, blank
from vmstate.info import (
    BOOL,
    BUFFER,
    G_BYTE_ARRAY,
    INT32_LE,
    TIMER,
    UINT8,
    Buffer,
)
from vmstate.macros import (
    VMSTATE_2DARRAY,
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_BITMAP,
    VMSTATE_GTREE_V,
    VMSTATE_QTAILQ_V,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_SUB_ARRAY,
    VMSTATE_TIMER,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_SUB_ARRAY,
    VMSTATE_UINT32,
    VMSTATE_UNUSED,
    VMSTATE_VARRAY_UINT32,
    VMSTATE_VBUFFER_UINT32,
    VMSTATE_WITH_TMP,
)
from vmstate.unknown import Raw

POINT = VMStateDescription(name="point", fields=(VMSTATE_UINT8("x"), VMSTATE_UINT8_ARRAY("y", 2)))
POINT_BLANK = {"x": 0, "y": [0, 0]}


def chip(*fields, subsections=()):
    return VMStateDescription(name="chip", fields=fields, subsections=subsections)


def plain(value):
    """Return a place as a dict, or as a list where it has elements or no attributes."""
    if not isinstance(value, Place):
        return value
    attributes = {name: plain(held) for name, held in vars(value).items()}
    elements = [plain(held) for held in value]
    return attributes if attributes and not elements else elements


def blanked(*fields, **parts):
    return plain(blank(chip(*fields, **parts)))


@pytest.mark.parametrize(
    ("info", "size", "value"),
    [
        (UINT8, 0, 0),
        (BOOL, 0, False),
        (BUFFER, 3, bytearray(3)),
        (Buffer(start=2), 3, bytearray(5)),
        (G_BYTE_ARRAY, 0, bytearray()),
        (Raw("x"), 3, b""),
        (INT32_LE, 0, 0x7FFFFFFF),
    ],
)
def test_a_value_is_what_its_codec_loads_into(info, size, value):
    found = blanked(Field(name="a", info=info, size=size))["a"]
    assert (type(found), found) == (type(value), value)


def test_a_timer_remembers_when_it_fires():
    timer = blank(chip(VMSTATE_TIMER("t"))).t
    assert timer.expire_ns is None
    timer.modify(5)
    assert timer.expire_ns == 5
    timer.delete()
    assert timer.expire_ns is None
    assert blank(chip(Field(name="t", info=TIMER))).t is not timer


def test_arrays_are_as_long_as_they_are_counted():
    found = blanked(
        VMSTATE_UINT8_ARRAY("a", 2),
        VMSTATE_2DARRAY("b", 2, 3, 0, UINT8),
        VMSTATE_UINT8_SUB_ARRAY("c", 1, 2),
        VMSTATE_UINT8_SUB_ARRAY("c", 3, 1),
        VMSTATE_UINT32("n"),
        VMSTATE_VARRAY_UINT32("d", "n", 0, UINT8),
    )
    assert found == {
        "a": [0, 0],
        "b": [[0, 0, 0], [0, 0, 0]],
        "c": [None, 0, 0, 0],
        "n": 0,
        "d": [],
    }


def test_a_length_that_no_field_carries_is_zero():
    found = blanked(
        VMSTATE_VARRAY_UINT32("a", "s.n", 0, UINT8),
        VMSTATE_VBUFFER_UINT32("b", 0, None, "size"),
        VMSTATE_BITMAP("c", 0, "s.bits"),
    )
    assert found == {"a": [], "b": bytearray(), "c": 0, "s": {"n": 0, "bits": 0}, "size": 0}


def test_a_field_may_be_called_as_a_method_of_lists_is():
    fields = (VMSTATE_UINT8("count"), VMSTATE_UINT8("index.pop"))
    state = blank(VMStateDescription(name="chip", fields=fields))
    assert (state.count, state.index.pop) == (0, 0)


def test_nested_states_are_blank_themselves():
    found = blanked(
        VMSTATE_STRUCT("a", 0, POINT),
        VMSTATE_STRUCT_ARRAY("b", 2, 0, POINT),
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("c", 1, 0, POINT),
        VMSTATE_STRUCT_SUB_ARRAY("d", 1, 1, 0, POINT),
    )
    assert found == {
        "a": POINT_BLANK,
        "b": [POINT_BLANK, POINT_BLANK],
        "c": [POINT_BLANK],
        "d": [None, POINT_BLANK],
    }


def test_containers_are_empty():
    found = blanked(
        VMSTATE_QTAILQ_V("q", 0, POINT, Blank(POINT)),
        VMSTATE_GTREE_V("t", 0, (POINT, POINT), BlankKey(POINT), Blank(POINT)),
    )
    assert found == {"q": [], "t": {}}


def test_what_has_no_value_has_no_place():
    assert blanked(VMSTATE_UNUSED(3), VMSTATE_WITH_TMP(Blank(POINT), POINT)) == []


def test_subsections_have_their_places_in_the_same_state():
    part = VMStateDescription(
        name="chip/part", fields=(VMSTATE_UINT8("b"), VMSTATE_UINT8("s.more"))
    )
    state = blanked(VMSTATE_UINT8("a"), VMSTATE_STRUCT("s", 0, POINT), subsections=(part,))
    assert state == {"a": 0, "b": 0, "s": {**POINT_BLANK, "more": 0}}


@pytest.mark.parametrize("is_first", [True, False])
def test_an_element_may_be_named_beside_its_array(is_first):
    # As in i8254, piix4_pm and e1000, in whatever order.
    fields = (
        VMSTATE_STRUCT_ARRAY("channels", 2, 0, POINT),
        VMSTATE_UINT8("channels[0].irq"),
        VMSTATE_UINT8_ARRAY("mac_reg", 2),
        VMSTATE_UINT8("mac_reg[CTRL]"),
        VMSTATE_UINT8("status[0x1].up"),
        VMSTATE_UINT8("rows[1][2]"),
        VMSTATE_2DARRAY("rows", 2, 2, 0, UINT8),
        VMSTATE_STRUCT_ARRAY("status", 2, 0, POINT),
    )
    state = blank(chip(*(fields if is_first else reversed(fields))))
    assert plain(state.channels) == [{**POINT_BLANK, "irq": 0}, POINT_BLANK]
    assert (list(state.mac_reg), state.mac_reg.CTRL) == ([0, 0], 0)
    assert plain(state.rows) == [[0, 0], [0, 0, 0]]
    assert plain(state.status) == [POINT_BLANK, {**POINT_BLANK, "up": 0}]


def test_a_place_is_equal_to_one_with_the_same_in_it():
    one, same, other = (blank(chip(VMSTATE_UINT8("a"))) for _ in range(3))
    other.a = 1
    assert one == same
    assert one != other
    assert one != []
    assert repr(Place([1])) == "Place(1)"
    assert repr(other) == "Place(a=1)"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_temporary_knows_again_what_was_loaded_into_it(engine):
    description = chip(
        VMSTATE_WITH_TMP(Kept(POINT, "one"), POINT), VMSTATE_WITH_TMP(Kept(POINT, "two"), POINT)
    )
    codec = ENGINES[engine](description, LATEST)
    state, twin = blank(description), blank(description)
    codec.load(state, bytes(range(6)), 0)
    assert codec.save(state).data == bytes(range(6))
    assert codec.save(twin).data == bytes(6)


def test_keys_of_a_tree_compare_by_their_fields_in_order():
    description = chip(VMSTATE_GTREE_V("t", 0, (POINT, POINT), BlankKey(POINT), Blank(POINT)))
    keys = (b"\x02\x01\x00", b"\x01\x09\x00", b"\x01\x03\x00")
    nodes = [b"\x01" + key + b"\x07\x07\x07" for key in keys]
    state = blank(description)
    load(description, state, b"\0\0\0\x03" + b"".join(nodes) + b"\0", 0)
    one, same = BlankKey(POINT)(), BlankKey(POINT)()
    assert one == same
    assert one != POINT
    ordered = b"".join(nodes[index] for index in (2, 1, 0))
    assert save(description, state).data == b"\0\0\0\x03" + ordered + b"\0"


def test_elements_that_loading_makes_are_blank():
    description = chip(VMSTATE_QTAILQ_V("q", 0, POINT, Blank(POINT)))
    state = blank(description)
    load(description, state, b"\x01\x05\x06\x07\x00", 0)
    assert [plain(element) for element in state.q] == [{"x": 5, "y": [6, 7]}]


def test_a_field_of_pointers_to_values_is_blank():
    field = Field(name="a", flags=VMS.ARRAY | VMS.ARRAY_OF_POINTER, num=2, info=UINT8)
    assert blanked(field) == {"a": [0, 0]}


def test_deep_states_are_made():
    description = POINT
    for level in range(300):
        description = VMStateDescription(
            name=f"level{level}", fields=(VMSTATE_STRUCT("s", 0, description),)
        )
    state = blank(description)
    assert save(description, state).data == bytes(3)
