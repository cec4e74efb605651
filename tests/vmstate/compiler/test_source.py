"""Source text: paths as Python has them, and what it refers to."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from vmstate.compiler.places import Lack, Place
from vmstate.compiler.source import Source, is_plain, looking, parted, reading, writing
from vmstate.macros import VMSTATE_UINT8
from vmstate.paths import get_path, set_path

PATHS = [
    "count",
    "channels[0].count",
    "channels[1].inner.regs[2]",
    "rows[1][0]",
    "class",
    "from.in[0]",
    "regs[CTRL]",
    "größe",
    "aﬁ",
    "__debug__",
    "None",
    "match",
]


def state_with(path):
    """Return a state that has 5 at *path*, and whatever leads to it."""
    rows = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    inner = SimpleNamespace(regs=[0, 0, 5])
    state = SimpleNamespace(rows=rows, count=5, regs=SimpleNamespace(CTRL=5))
    state.channels = [SimpleNamespace(count=5), SimpleNamespace(inner=inner)]
    state.rows[1][0] = 5
    setattr(state, "from", SimpleNamespace(**{"in": [5]}))
    for name in ("class", "größe", "aﬁ", "__debug__", "None", "match"):
        vars(state)[name] = 5
    assert get_path(state, path) == 5
    return state


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_read_as_the_interpreter_reads_it(path):
    assert eval(reading("s", path), {"s": state_with(path)}) == 5


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_written_as_the_interpreter_writes_it(path):
    state, expected = state_with(path), state_with(path)
    set_path(expected, path, 6)
    exec(writing("s", path, "v"), {"s": state, "v": 6})
    assert state == expected


def test_what_python_would_rewrite_is_no_plain_name():
    names = ["a", "_b", "class", "None", "aﬁ", "__debug__", "match"]
    assert [is_plain(name) for name in names] == [True, True, False, False, False, False, True]


def test_a_path_is_parted_before_its_last_step():
    assert parted("s", "a[1].b") == ("s.a[1]", "b")
    assert parted("s", "a[1]") == ("s.a", 1)
    assert parted(")", "b") == (")", "b")


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("a[1]", ("x = s.a[1]",)),
        ("a[1].b", ("try: x = s.a[1].b", "except ABSENT: x = empty_slot(s.a[1], 'b')")),
        ("class", ("try: x = getattr(s, 'class')", "except ABSENT: x = empty_slot(s, 'class')")),
    ],
)
def test_a_place_is_looked_at(path, lines):
    assert looking("s", path, "x") == lines
    assert looking("s", path) == tuple(line.replace("x = ", "") for line in lines)


@pytest.fixture
def source():
    return Source("def f(s):")


def test_lines_are_indented_by_blocks(source):
    with source.block("if s:"):
        with source.block("if s > 1:"):
            source.line("return 2")
        source.line("return 1")
    source.line("return 0")
    function = source.compiled("<f>")
    assert [function(number) for number in range(3)] == [0, 1, 2]
    assert str(source).splitlines()[2] == "        if s > 1:"


def test_an_object_has_one_name_for_each_use(source):
    one, other = [1], [1]
    assert source.bind("x", one) == source.bind("x", one)
    assert len({source.bind("x", one), source.bind("x", other), source.bind("y", one)}) == 3
    source.line(f"return {source.bind('x', other)}")
    assert source.compiled("<f>")(0) is other


def test_variables_are_new(source):
    assert len({source.local("a"), source.local("a"), source.local("b")}) == 3


def test_a_place_is_known_by_the_line_on_which_it_fails(source):
    place = Place(Lack.VALUE, None, VMSTATE_UINT8("a"), "s")
    source.line("x = 1")
    source.line("s.a", place, place)
    source.line("return x")
    with pytest.raises(AttributeError) as caught:
        source.compiled("<f>")(None)
    assert source.places == {caught.traceback[-1].lineno + 1: (place, place)}
