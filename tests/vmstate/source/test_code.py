"""Code: on one line where it fits, else on many."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.source.code import WIDTH, Code, text

ONE, TWO = Code("one"), Code("two")


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (ONE, "one"),
        (Code.call("f"), "f()"),
        (Code.call("f", ONE, TWO), "f(one, two)"),
        (Code.call("f", ONE, b=TWO), "f(one, b=two)"),
        (Code.sequence([]), "()"),
        (Code.sequence([ONE]), "(one,)"),
        (Code.sequence([ONE, TWO]), "(one, two)"),
        (Code.sequence([ONE], "[]"), "[one]"),
        (Code.call("f", Code.call("g", ONE)), "f(g(one))"),
    ],
)
def test_what_fits_stands_on_one_line(code, line):
    assert str(code) == line
    assert code.lines("x = ") == [f"x = {line}"]


def test_what_does_not_fit_has_a_line_for_each_part():
    long = Code("a" * 60)
    code = Code.call("f", long, Code.sequence([long, ONE]), name=Code.call("g", ONE))
    assert code.lines("x = ") == [
        "x = f(",
        "    " + "a" * 60 + ",",
        "    (" + "a" * 60 + ", one),",
        "    name=g(one),",
        ")",
    ]


def test_a_part_that_does_not_fit_is_parted_again():
    long = Code("a" * 60)
    code = Code.call("f", fields=Code.sequence([long, long]))
    assert code.lines("x = ") == [
        "x = f(",
        "    fields=(",
        "        " + "a" * 60 + ",",
        "        " + "a" * 60 + ",",
        "    ),",
        ")",
    ]


def test_a_line_may_be_just_as_wide_as_there_is_room():
    fits = Code.call("f", Code("a" * (WIDTH - len("x = f()"))))
    assert len(fits.lines("x = ")) == 1
    assert len(Code.call("f", Code("a" * (WIDTH - len("x = f()") + 1))).lines("x = ")) == 3


def test_what_has_no_parts_can_be_as_long_as_it_is():
    assert Code("a" * 200).lines("x = ") == ["x = " + "a" * 200]
    assert Code.call("f" * 200).lines("") == ["f" * 200 + "()"]


@pytest.mark.parametrize(
    ("string", "literal"),
    [
        ("", '""'),
        ("a", '"a"'),
        ("it's", '"it\'s"'),
        ('say "a"', "'say \"a\"'"),
        ('it\'s "a"', "'it\\'s \"a\"'"),
        ("it's 2\"", '"it\'s 2\\""'),
        ("a\\b\n", '"a\\\\b\\n"'),
    ],
)
def test_a_string_is_in_double_quotes_unless_that_takes_more_escapes(string, literal):
    assert str(text(string)) == literal


@given(st.text())
def test_a_string_reads_back(string):
    assert ast.literal_eval(str(text(string))) == string
