"""Places: what a line tells of a failure."""

from __future__ import annotations

import pytest

from vmstate.compiler.places import Lack, Place, explain
from vmstate.macros import VMSTATE_UINT8

FIELD = VMSTATE_UINT8("a")


class Explainer:
    def __init__(self):
        self.asked = []

    def explain(self, place, names, trouble):
        self.asked.append((place, names, trouble))


def failing():
    raise LookupError("here")


def trouble_on_a_known_line():
    try:
        failing()
    except LookupError as error:
        return error, error.__traceback__.tb_lineno


def test_the_line_in_the_function_counts_not_the_line_below_it():
    trouble, line = trouble_on_a_known_line()
    first, second = Place(Lack.ELEMENT, None, FIELD, "s"), Place(Lack.VALUE, None, FIELD, "s")
    engine = Explainer()
    explain(trouble, {"s": 1}, {line: (first, second)}, engine)
    assert engine.asked == [(first, {"s": 1}, trouble), (second, {"s": 1}, trouble)]


def test_nothing_is_said_of_other_lines():
    trouble, line = trouble_on_a_known_line()
    engine = Explainer()
    explain(trouble, {}, {line + 1: (Place(Lack.VALUE, None, FIELD, "s"),)}, engine)
    explain(LookupError("never raised"), {}, {line: ()}, engine)
    assert engine.asked == []


@pytest.mark.parametrize(("number", "expected"), [(None, None), (2, 2), ("k", 3)])
def test_an_element_is_told_by_number_or_by_a_variable(number, expected):
    assert Place(Lack.ELEMENT, None, FIELD, "s", number=number).element({"k": 3}) == expected
