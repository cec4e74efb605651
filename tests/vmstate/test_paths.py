"""State paths: what is one, where it leads, and what is said where it leads nowhere."""

from __future__ import annotations

from types import SimpleNamespace as State

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.paths import (
    general_path,
    get_path,
    getter,
    is_path,
    parse_path,
    parted,
    set_path,
    setter,
)


def make():
    return State(
        a=1,
        inner=State(b=2, row=[3, 4]),
        rows=[[5, 6], [7, 8]],
        items=[State(c=9, row=[10]), State(c=11, row=[12])],
    )


PLACES = {
    "a": 1,
    "inner.b": 2,
    "inner.row[1]": 4,
    "rows[1][0]": 7,
    "items[1].c": 11,
    "items[1].row[0]": 12,
}


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("a[0].b", ("a", 0, "b")),
        ("a[1][23]", ("a", 1, 23)),
        ("_x1.y_2", ("_x1", "y_2")),
        ("[4].a", (4, "a")),
        ("a[0x1F]", ("a", 31)),
        ("a[010]", ("a", 10)),
        ("mac_reg[CTRL]", ("mac_reg", "CTRL")),
        ("a[B][0].c", ("a", "B", 0, "c")),
    ],
)
def test_a_path_is_names_and_indices(path, steps):
    assert is_path(path)
    assert parse_path(path) == steps


@pytest.mark.parametrize(
    ("path", "position"),
    [
        (".a", 0),
        ("a..b", 1),
        ("a[", 1),
        ("a[-1]", 1),
        ("a[1x]", 1),
        ("a[0x]", 1),
        ("a[]", 1),
        ("a[b.c]", 1),
        ("a b", 1),
        ("1a", 0),
        ("a.", 1),
    ],
)
def test_what_is_no_path_is_refused_with_its_place(path, position):
    with pytest.raises(ValueError, match="stops making sense at") as error:
        parse_path(path)
    assert str(error.value) == (f"not a state path: {path!r} (stops making sense at {position})")
    assert not is_path(path)


def test_an_empty_path_is_refused():
    with pytest.raises(ValueError, match="not a state path: it is empty"):
        parse_path("")


@pytest.mark.parametrize(("path", "value"), PLACES.items())
def test_a_value_is_found(path, value):
    assert get_path(make(), path) == value
    assert getter(path)(make()) == value


@pytest.mark.parametrize("path", PLACES)
def test_a_value_is_replaced_and_no_other(path):
    state = make()
    set_path(state, path, 99)
    seen = {place: get_path(state, place) for place in PLACES}
    assert seen == {**PLACES, path: 99}


def test_a_path_may_begin_with_an_index():
    rows = [State(c=1), [2, 3]]
    set_path(rows, "[0].c", 4)
    set_path(rows, "[1][1]", 5)
    assert (get_path(rows, "[0].c"), rows[1]) == (4, [2, 5])
    setter("[1]")(rows, 6)
    assert getter("[1]")(rows) == 6


def test_an_index_that_is_a_name_leads_to_the_attribute_that_an_array_has_for_it():
    class Registers(list):
        @property
        def CTRL(self):  # noqa: N802 (as in C)
            return self[1]

        @CTRL.setter
        def CTRL(self, value):  # noqa: N802 (as in C)
            self[1] = value

    state = State(mac_reg=Registers([5, 6]))
    assert get_path(state, "mac_reg[CTRL]") == get_path(state, "mac_reg[1]") == 6
    set_path(state, "mac_reg[CTRL]", 7)
    assert state.mac_reg == [5, 7]


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("none", AttributeError),
        ("inner.none", AttributeError),
        ("inner.row[2]", IndexError),
        ("items[2].c", IndexError),
        ("items[0].none", AttributeError),
        ("rows[0][2]", IndexError),
    ],
)
def test_a_place_that_is_not_there_is_an_error(path, error):
    with pytest.raises(error):
        get_path(make(), path)
    if error is IndexError:
        with pytest.raises(error):
            set_path(make(), path, 0)


def test_a_slotted_state_takes_no_new_place():
    class Slotted:
        __slots__ = ("a",)

    with pytest.raises(AttributeError):
        set_path(Slotted(), "b", 1)


@pytest.mark.parametrize(
    ("path", "general"),
    [("a", "a"), ("a[3]", "a[]"), ("regs[2].now[10]", "regs[].now[]"), ("a[]", "a[]")],
)
def test_a_general_path_leaves_the_indices_open(path, general):
    assert general_path(path) == general


@given(st.lists(st.one_of(st.from_regex(r"[A-Za-z_]\w{0,5}", fullmatch=True), st.integers(0, 99))))
def test_a_path_that_is_built_is_parsed(steps):
    steps = ["first", *steps]
    text = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps).removeprefix(".")
    assert parse_path(text) == tuple(steps)


def test_a_path_is_parted_into_the_holder_and_the_last_step():
    state = make()
    for path, holder, step in (
        ("a", state, "a"),
        ("inner.b", state.inner, "b"),
        ("items[1].c", state.items[1], "c"),
        ("rows[1][0]", state.rows[1], 0),
    ):
        holder_of, last = parted(path)
        assert (holder_of(state) is holder, last) == (True, step)
    with pytest.raises(AttributeError):
        parted("gone.b")[0](state)
