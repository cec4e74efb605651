"""Nesting: structs, subsections and lists in each other at any depth, in linear time."""

from __future__ import annotations

import sys
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chips import State, chip, header, subsection
from vmstate import StreamError, TruncatedStreamError
from vmstate.macros import (
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_QLIST_V,
    VMSTATE_QTAILQ_V,
    VMSTATE_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_WITH_TMP,
)

DEPTH = 300
A = VMSTATE_UINT8("a")
LEAF = chip(A, name="leaf")
LISTS = pytest.mark.parametrize("macro", [VMSTATE_QTAILQ_V, VMSTATE_QLIST_V])


def structs(depth):
    """Return a description with *depth* structs in each other, and a state that fits it."""
    vmsd = reduce(lambda inner, _: chip(A, VMSTATE_STRUCT("s", 0, inner)), range(depth), LEAF)
    state = reduce(lambda inner, level: State(a=level & 0xFF, s=inner), range(depth), State(a=0))
    return vmsd, state


def values(state):
    """Return the values of all levels, the outermost first."""
    found = []
    while state is not None:
        found.append(state.a)
        state = getattr(state, "s", None)
    return found


def test_structs_nest_to_any_depth(engine):
    vmsd, state = structs(DEPTH)
    limit = sys.getrecursionlimit()
    saved = engine.save(vmsd, state)
    assert saved.data == bytes([*reversed([level & 0xFF for level in range(DEPTH)]), 0])
    spans = saved.spans
    assert (spans[-1].path, spans[-1].offset) == ("s." * DEPTH + "a", DEPTH)
    other = structs(DEPTH)[1]
    engine.load(vmsd, other, bytes(index & 0xFF for index in range(DEPTH + 1)))
    assert values(other) == [index & 0xFF for index in range(DEPTH + 1)]
    assert sys.getrecursionlimit() == limit


def test_the_recursion_limit_is_put_back_where_the_bottom_fails(engine):
    vmsd, state = structs(DEPTH)
    limit = sys.getrecursionlimit()
    with pytest.raises(TruncatedStreamError) as error:
        engine.load(vmsd, state, bytes(DEPTH))
    assert str(error.value) == f"leaf/a at offset {DEPTH:#x}: needs 1 bytes, 0 are left"
    assert sys.getrecursionlimit() == limit


def test_subsections_nest_to_any_depth(engine):
    names = ["chip" + "/" * level for level in range(1, 201)]
    inner = ()
    for level, name in reversed(list(enumerate(names))):
        inner = (subsection(name, VMSTATE_UINT8(f"f{level}"), subsections=inner),)
    vmsd = chip(subsections=inner)
    state = State(**{f"f{level}": level for level in range(200)})
    saved = engine.save(vmsd, state)
    assert saved.data == b"".join(header(name) + bytes([level]) for level, name in enumerate(names))
    other = State(**dict.fromkeys(vars(state), 0))
    assert engine.load(vmsd, other, saved.data) == state
    assert saved.spans[199].path.endswith(">.f199")


def leaf():
    return State(a=0)


def node():
    return State(a=0, q=[])


def nested(macro, depth, bottom=LEAF):
    """Return a description with *depth* lists in each other."""
    return reduce(
        lambda vmsd, _: chip(A, macro("q", 0, vmsd, node), name="n"), range(depth), bottom
    )


@LISTS
def test_lists_of_lists_come_back(engine, macro):
    vmsd = nested(macro, 2)
    inside = [State(a=3, q=[State(a=4), State(a=5)]), State(a=6, q=[])]
    state = State(a=1, q=inside)
    saved = engine.save(vmsd, state)
    assert saved.data == b"\1\1\3\1\4\1\5\0\1\6\0\0"
    assert [span.path for span in saved.spans] == [
        "a",
        "q[0].a",
        "q[0].q[0].a",
        "q[0].q[1].a",
        "q[1].a",
    ]
    other = engine.load(vmsd, State(a=0, q=[]), saved.data)
    assert [(e.a, [i.a for i in e.q]) for e in other.q] == [(3, [4, 5]), (6, [])]


@LISTS
def test_lists_nest_to_any_depth(engine, macro):
    vmsd = nested(macro, DEPTH)
    chain = reduce(lambda inner, level: State(a=level & 0xFF, q=[inner]), range(DEPTH), State(a=7))
    saved = engine.save(vmsd, chain)
    assert len(saved.data) == 3 * DEPTH + 1
    assert saved.spans[-1].path == "q[0]." * DEPTH + "a"
    other = engine.load(vmsd, State(a=0, q=[]), saved.data)
    assert engine.save(vmsd, other).data == saved.data
    for _ in range(DEPTH):
        (other,) = other.q
    assert other.a == 7


def test_trees_hold_lists_that_hold_trees(engine):
    tree = chip(VMSTATE_GTREE_DIRECT_KEY_V("t", 0, LEAF, leaf), name="tree")
    vmsd = chip(
        VMSTATE_GTREE_DIRECT_KEY_V(
            "t",
            0,
            chip(VMSTATE_QTAILQ_V("q", 0, tree, lambda: State(t={})), name="n"),
            lambda: State(q=[]),
        )
    )
    state = State(t={2: State(q=[State(t={7: State(a=5)}), State(t={})]), 1: State(q=[])})
    saved = engine.save(vmsd, state)
    assert engine.load(vmsd, State(t={}), saved.data) == state


class Shadow:
    """A temporary that stands for its parent's number."""

    def __init__(self):
        self.a = 0


def test_temporaries_nest_to_any_depth(engine):
    vmsd = reduce(lambda inner, _: chip(VMSTATE_WITH_TMP(Shadow, inner), A), range(DEPTH), LEAF)
    data = engine.save(vmsd, Shadow()).data
    assert data == bytes(DEPTH + 1)
    assert engine.load(vmsd, Shadow(), b"\1" * (DEPTH + 1)).a == 1


@LISTS
def test_a_list_of_many_elements_is_loaded_by_the_shortest_way(engine, macro):
    vmsd = nested(macro, 1)
    count = 3_000
    saved = engine.save(vmsd, State(a=0, q=[State(a=index & 0xFF) for index in range(count)]))
    state = engine.load(vmsd, State(a=0, q=[]), saved.data)
    assert [element.a for element in state.q] == [index & 0xFF for index in range(count)]


def test_a_list_without_an_end_is_refused_at_the_end_of_the_bytes(engine):
    state = State(a=0, q=[])
    with pytest.raises(StreamError, match="chip/q at offset 0x2001: needs 1 bytes, 0 are left"):
        engine.load(chip(A, VMSTATE_QTAILQ_V("q", 0, LEAF, leaf)), state, b"\1" * 0x2001)
    assert len(state.q) == 0x1000


trees = st.recursive(
    st.builds(State, a=st.integers(0, 255), q=st.just([])),
    lambda children: st.builds(State, a=st.integers(0, 255), q=st.lists(children, max_size=3)),
    max_leaves=12,
)


def height(state):
    return 1 + max(map(height, state.q), default=0)


@given(trees)
def test_any_tree_of_lists_comes_back(engine, state):
    vmsd = nested(VMSTATE_QTAILQ_V, height(state), chip(name="none"))
    saved = engine.save(vmsd, state)
    assert engine.load(vmsd, State(a=0, q=[]), saved.data) == state
