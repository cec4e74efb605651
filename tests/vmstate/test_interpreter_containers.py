"""Containers: lists, trees and temporaries inside states, and lists of lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chips import POINT, State, chip, header, subsection
from vmstate import EncodeError, Span, StreamError, TruncatedStreamError, VersionError
from vmstate.macros import (
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_GTREE_V,
    VMSTATE_QLIST_V,
    VMSTATE_QTAILQ_V,
    VMSTATE_UINT8,
    VMSTATE_UINT8_V,
    VMSTATE_UINT16,
    VMSTATE_WITH_TMP,
)

LISTS = [VMSTATE_QTAILQ_V, VMSTATE_QLIST_V]


class Key:
    """A key of a tree, ordered by its number."""

    def __init__(self, k=0):
        self.k = k

    def __eq__(self, other):
        return self.k == other.k

    def __hash__(self):
        return hash(self.k)

    def __lt__(self, other):
        return self.k < other.k


def point():
    return State(x=0, y=0)


#: What is held: a version would only be in the way.
PAIR = chip(VMSTATE_UINT8("x"), VMSTATE_UINT8("y"), name="pair")


def point_list(macro):
    return chip(macro("q", 0, PAIR, point), VMSTATE_UINT8("end"))


@pytest.mark.parametrize("macro", LISTS)
def test_a_list_has_a_one_before_each_element_and_a_zero_behind_all(engine, macro):
    vmsd = point_list(macro)
    saved = engine.save(vmsd, State(q=[State(x=5, y=6), State(x=7, y=8)], end=9))
    assert saved.data == b"\1\5\6\1\7\x08\0\x09"
    state = engine.load(vmsd, State(q=[], end=0), saved.data)
    assert state.q == [State(x=5, y=6), State(x=7, y=8)]
    assert state.end == 9
    assert [span.path for span in saved.spans] == ["q[0].x", "q[0].y", "q[1].x", "q[1].y", "end"]
    assert [(field.offset, field.sizes) for field in saved.layout.fields] == [(0, (7,)), (7, (1,))]


@pytest.mark.parametrize("macro", LISTS)
def test_an_empty_list_is_a_zero(engine, macro):
    vmsd = point_list(macro)
    assert engine.save(vmsd, State(q=[], end=9)).data == b"\0\x09"
    old = [State(x=1, y=1)]
    assert engine.load(vmsd, State(q=old, end=0), b"\0\x09").q is old
    assert len(old) == 1


@pytest.mark.parametrize(
    ("macro", "order"), [(VMSTATE_QTAILQ_V, [9, 1, 2]), (VMSTATE_QLIST_V, [1, 2, 9])]
)
def test_a_list_that_holds_something_is_filled_at_its_end_or_its_head(engine, macro, order):
    old = [State(x=9, y=9)]
    state = engine.load(point_list(macro), State(q=old, end=0), b"\1\1\1\1\2\2\0\0")
    assert state.q is old
    assert [element.x for element in old] == order


@pytest.mark.parametrize("macro", LISTS)
def test_any_byte_but_zero_announces_one_more(engine, macro):
    state = engine.load(point_list(macro), State(q=[], end=0), b"\xff\1\2\x30\3\4\0\7")
    assert state.q == [State(x=1, y=2), State(x=3, y=4)]


@pytest.mark.parametrize("macro", LISTS)
@pytest.mark.parametrize(
    ("version", "data", "value"),
    [(1, b"\1\5\0\7", State(x=5, y=0)), (2, b"\1\5\6\0\7", State(x=5, y=6))],
)
def test_an_element_is_loaded_at_the_fields_version(engine, macro, version, data, value):
    vmsd = chip(macro("q", version, POINT, point), VMSTATE_UINT8("end"), version_id=2)
    state = engine.load(vmsd, State(q=[], end=0), data, 2)
    assert (state.q, state.end) == ([value], 7)
    # It is saved at its description's own.
    assert engine.save(vmsd, State(q=[State(x=5, y=6)], end=7)).data == b"\1\5\6\0\7"


@pytest.mark.parametrize("macro", LISTS)
@pytest.mark.parametrize(("version", "direction"), [(0, "old"), (3, "new")])
def test_a_version_is_checked_before_the_first_byte_of_a_list(engine, macro, version, direction):
    vmsd = chip(VMSTATE_UINT8("a"), macro("q", version, POINT, point), version_id=3)
    with pytest.raises(VersionError) as error:
        engine.load(vmsd, State(a=0, q=[]), b"\0\0", 3)
    assert str(error.value) == (
        f"point at offset 0x1: version {version} is too {direction}: versions 1 to 2 can be read"
    )


@pytest.mark.parametrize("macro", LISTS)
def test_what_came_before_the_place_at_fault_is_in_the_list(engine, macro):
    state = State(q=[], end=0)
    with pytest.raises(TruncatedStreamError) as error:
        engine.load(point_list(macro), state, b"\1\5\6\1\7")
    assert str(error.value) == "pair/y at offset 0x5: needs 1 bytes, 0 are left"
    assert state.q == [State(x=5, y=6)]


@pytest.mark.parametrize("macro", LISTS)
def test_a_list_without_an_end_names_the_list(engine, macro):
    with pytest.raises(TruncatedStreamError) as error:
        engine.load(point_list(macro), State(q=[], end=0), b"\1\5\6")
    assert str(error.value) == "chip/q at offset 0x3: needs 1 bytes, 0 are left"


@pytest.mark.parametrize("macro", LISTS)
@pytest.mark.parametrize("value", [None, 7, ()])
def test_what_is_no_list_is_refused(engine, macro, value):
    with pytest.raises(EncodeError) as error:
        engine.save(point_list(macro), State(q=value, end=0))
    assert str(error.value) == f"chip/q: can't save {value!r}: not a list"
    with pytest.raises(StreamError) as refused:
        engine.load(point_list(macro), State(q=value, end=0), b"\0\0")
    assert str(refused.value) == f"chip/q at offset 0x0: can't load into {value!r}: not a list"


@pytest.mark.parametrize("macro", LISTS)
def test_an_element_may_have_subsections(engine, macro):
    inner = chip(
        VMSTATE_UINT8("x"), name="node", subsections=(subsection("node/y", VMSTATE_UINT8("y")),)
    )
    vmsd = chip(macro("q", 0, inner, point))
    saved = engine.save(vmsd, State(q=[State(x=1, y=2), State(x=3, y=4)]))
    assert saved.data == b"".join((b"\1\1", header("node/y"), b"\2\1\3", header("node/y"), b"\4\0"))
    assert engine.load(vmsd, State(q=[]), saved.data).q == [State(x=1, y=2), State(x=3, y=4)]


DIRECT = chip(VMSTATE_GTREE_DIRECT_KEY_V("t", 0, PAIR, point), VMSTATE_UINT8("end"))


@pytest.fixture(scope="session")
def keyed():
    key = chip(VMSTATE_UINT16("k"), name="key")
    return chip(VMSTATE_GTREE_V("t", 0, (PAIR, key), Key, point))


def test_a_tree_is_saved_in_the_order_of_its_keys(engine):
    saved = engine.save(DIRECT, State(t={6: State(x=1, y=2), 5: State(x=3, y=4)}, end=7))
    assert saved.data.hex(" ") == (
        "00 00 00 02 01 00 00 00 00 00 00 00 05 03 04 01 00 00 00 00 00 00 00 06 01 02 00 07"
    )
    tree = {}
    state = engine.load(DIRECT, State(t=tree, end=0), saved.data)
    assert state.t is tree
    assert tree == {5: State(x=3, y=4), 6: State(x=1, y=2)}
    assert state.end == 7


def test_a_tree_may_have_keys_with_a_description(engine, keyed):
    saved = engine.save(keyed, State(t={Key(0x201): State(x=1, y=2), Key(0x102): State(x=3, y=4)}))
    assert saved.data.hex(" ") == "00 00 00 02 01 01 02 03 04 01 02 01 01 02 00"
    assert [span.path for span in saved.spans] == [
        "t[0].k",
        "t[1].x",
        "t[1].y",
        "t[2].k",
        "t[3].x",
        "t[3].y",
    ]
    assert engine.load(keyed, State(t={}), saved.data).t == {
        Key(0x102): State(x=3, y=4),
        Key(0x201): State(x=1, y=2),
    }


def test_nodes_are_put_among_those_that_are_there(engine):
    old = {5: State(x=0, y=0), 9: State(x=9, y=9)}
    data = bytes.fromhex("00000001 01 0000000000000005 0304 00 07")
    engine.load(DIRECT, State(t=old, end=0), data)
    assert old == {5: State(x=3, y=4), 9: State(x=9, y=9)}


@pytest.mark.parametrize(
    ("announced", "nodes", "came", "kept"),
    [
        (2, 1, "1", 1),
        (1, 2, "more", 1),
        (0, 1, "more", 0),
        (0xFFFFFFFF, 1, "more", 0),
        (1, 0, "0", 0),
    ],
)
def test_a_count_of_nodes_that_lies_is_refused(engine, announced, nodes, came, kept):
    node = bytes.fromhex("01 0000000000000000 0304")
    tree = {}
    data = announced.to_bytes(4) + node * nodes + b"\0\7"
    with pytest.raises(StreamError) as error:
        engine.load(DIRECT, State(t=tree, end=0), data)
    shown = -1 if announced == 0xFFFFFFFF else announced
    assert error.value.path == "chip/t"
    assert error.value.why == f"{shown} nodes were announced, {came} came"
    assert error.value.offset == 4 + len(node) * kept + 1
    assert len(tree) == min(kept, 1)


@pytest.mark.parametrize(
    ("version", "name", "direction", "accepts"),
    [(0, "key", "old", "1 to 2"), (3, "point", "new", "1 to 2")],
)
def test_a_version_is_checked_before_the_first_byte_of_a_tree(
    engine, version, name, direction, accepts
):
    key = chip(
        VMSTATE_UINT16("k"), name="key", version_id=2 if version == 0 else 3, minimum_version_id=1
    )
    vmsd = chip(VMSTATE_GTREE_V("t", version, (POINT, key), Key, point), version_id=3)
    with pytest.raises(VersionError) as error:
        engine.load(vmsd, State(t={}), bytes(5), 3)
    assert str(error.value) == (
        f"{name} at offset 0x0: version {version} is too {direction}: "
        f"versions {accepts} can be read"
    )


@pytest.mark.parametrize("value", [None, []])
def test_what_is_no_dict_is_refused(engine, value):
    with pytest.raises(EncodeError) as error:
        engine.save(DIRECT, State(t=value, end=0))
    assert str(error.value) == f"chip/t: can't save {value!r}: not a dict"
    with pytest.raises(StreamError) as refused:
        engine.load(DIRECT, State(t=value, end=0), bytes(6))
    assert str(refused.value) == f"chip/t at offset 0x0: can't load into {value!r}: not a dict"


def test_keys_without_an_order_are_refused(engine, keyed):
    with pytest.raises(EncodeError) as error:
        engine.save(DIRECT, State(t={1: point(), None: point()}, end=0))
    assert error.value.path == "chip/t"
    assert error.value.why == "its keys have no order"
    with pytest.raises(EncodeError) as unfit:
        engine.save(DIRECT, State(t={1: point(), -2: point(), 3: point()}, end=0))
    assert str(unfit.value) == "chip/t: can't save -2: not an unsigned integer of 64 bits"


def test_a_key_that_does_not_fit_names_the_tree_behind_a_node_too(engine):
    with pytest.raises(EncodeError) as error:
        engine.save(DIRECT, State(t={1: State(x=0, y=0), 1 << 64: point()}, end=0))
    assert error.value.path == "chip/t"


def test_a_key_that_no_dict_takes_is_refused(engine):
    vmsd = chip(VMSTATE_GTREE_V("t", 0, (PAIR, PAIR), point, point))
    with pytest.raises(StreamError) as error:
        engine.load(vmsd, State(t={}), bytes.fromhex("00000001 01 0102 0304 00"))
    assert error.value.path == "chip/t"
    assert error.value.why == "can't load into {}: namespace(x=1, y=2) can't be a key"


def test_a_tree_without_an_end_names_the_tree(engine):
    with pytest.raises(TruncatedStreamError) as error:
        engine.load(DIRECT, State(t={}, end=0), bytes.fromhex("00000002 01 0000000000000005 0304"))
    assert (error.value.path, error.value.offset) == ("chip/t", 15)
    with pytest.raises(TruncatedStreamError, match="chip/t at offset 0x5: needs 8 bytes, 7 are"):
        engine.load(DIRECT, State(t={}, end=0), bytes.fromhex("00000002 01 00000000000000"))


class Half:
    """A temporary: half of what its parent holds."""

    def __init__(self):
        self.half = 99


def split(half):
    half.half = half.parent.a // 2


def double(half, version_id):
    half.parent.a = 2 * half.half
    half.parent.seen = version_id


HALF = chip(VMSTATE_UINT8("half"), name="half", version_id=3, pre_save=split, post_load=double)


def test_a_temporary_stands_for_its_parent_and_has_no_frame(engine):
    vmsd = chip(VMSTATE_UINT8("b"), VMSTATE_WITH_TMP(Half, HALF))
    saved = engine.save(vmsd, State(a=8, b=1))
    assert saved.data == b"\1\4"
    assert saved.spans[1] == Span("tmp[0].half", "uint8", 1, 1)
    assert saved.layout.fields[1].children[0].version_id == 3
    state = engine.load(vmsd, State(a=0, b=0), b"\1\5")
    # It is loaded at the field's version, which the macro makes zero.
    assert vars(state) == {"a": 10, "b": 1, "seen": 0}


def test_a_temporary_with_a_later_field_is_saved_but_not_loaded(engine):
    vmsd = chip(VMSTATE_WITH_TMP(Half, chip(VMSTATE_UINT8_V("half", 1), version_id=1)))
    assert engine.save(vmsd, State()).data == b"\x63"
    with pytest.raises(StreamError, match="chip at offset 0x0: 1 bytes are left over"):
        engine.load(vmsd, State(), b"\x63")


def test_a_temporary_that_begins_later_can_not_be_loaded(engine):
    vmsd = chip(VMSTATE_WITH_TMP(Half, chip(name="half", version_id=1, minimum_version_id=1)))
    with pytest.raises(VersionError, match="half at offset 0x0: version 0 is too old"):
        engine.load(vmsd, State(), b"")


class Deaf:
    """A temporary that can't know its parent."""

    __slots__ = ()


def test_a_temporary_must_be_able_to_know_its_parent(engine):
    vmsd = chip(VMSTATE_WITH_TMP(Deaf, chip(name="deaf")))
    with pytest.raises(EncodeError) as error:
        engine.save(vmsd, State())
    assert error.value.path == "chip/tmp"
    assert error.value.why == "it can't know its parent"
    with pytest.raises(StreamError, match="it can't know its parent"):
        engine.load(vmsd, State(), b"")


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=6))
def test_a_list_of_any_length_comes_back(engine, pairs):
    vmsd = point_list(VMSTATE_QTAILQ_V)
    elements = [State(x=x, y=y) for x, y in pairs]
    saved = engine.save(vmsd, State(q=elements, end=7))
    assert len(saved.data) == 3 * len(pairs) + 2
    assert engine.load(vmsd, State(q=[], end=0), saved.data).q == elements


@given(st.dictionaries(st.integers(0, (1 << 64) - 1), st.integers(0, 255), max_size=6))
def test_a_tree_of_any_keys_comes_back(engine, values):
    tree = {key: State(x=value, y=0) for key, value in values.items()}
    saved = engine.save(DIRECT, State(t=tree, end=7))
    keys = [saved.data[at : at + 8] for at in range(5, len(saved.data) - 2, 11)]
    assert keys == sorted(keys)
    assert engine.load(DIRECT, State(t={}, end=0), saved.data).t == tree
