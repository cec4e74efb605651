"""Delta debugging: what is returned is enough to fail, and nothing of it is too much."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.localise.delta import culprits, minimal


def holding(*sets):
    """Fails where it has all of one of these sets; counts how often it was asked."""
    asked = []

    def fails(chosen):
        asked.append(chosen)
        return any(set(one) <= set(chosen) for one in sets)

    return fails, asked


@pytest.mark.parametrize("wanted", [{7}, {0, 999}, {3, 4, 5}, {1, 400, 700, 998}])
def test_few_of_many_are_found_in_few_questions(wanted):
    fails, asked = holding(wanted)
    assert set(minimal(range(1000), fails)) == wanted
    count = len(wanted)
    assert len(asked) <= 2 * count * (log2(1000 / count) + 2) + 4


def test_each_cause_is_found_and_what_is_left_passes():
    fails, _ = holding({3}, {10, 20}, {500})
    assert sorted(map(sorted, culprits(range(1000), fails))) == [[3], [10, 20], [500]]


def test_the_same_question_is_asked_once():
    fails, asked = holding({2, 3})
    minimal(range(8), fails)
    assert len(asked) == len(set(asked))


def test_more_may_fail_less():
    def fails(chosen):
        return 5 in chosen and (9 not in chosen or 2 in chosen)

    assert minimal(range(10), fails) == (5,)


@given(st.sets(st.sets(st.integers(0, 30), min_size=1, max_size=4).map(frozenset), min_size=1))
def test_whatever_fails_the_answer_is_enough_and_none_of_it_too_much(sets):
    fails, _ = holding(*sets)
    found = minimal(range(31), fails)
    assert fails(found)
    assert not any(fails(tuple(other for other in found if other != one)) for one in found)


@given(st.data())
def test_an_answer_is_minimal_where_more_may_fail_less(data):
    answers = {}

    def fails(chosen):
        if len(chosen) == 6:
            return True
        return answers.setdefault(chosen, data.draw(st.booleans())) if chosen else False

    found = minimal(range(6), fails)
    assert fails(found)
    assert not any(fails(tuple(other for other in found if other != one)) for one in found)


def test_what_does_not_fail_has_no_culprit():
    with pytest.raises(ValueError, match="all of them together do not fail"):
        minimal([1, 2], lambda _chosen: False)


def test_what_fails_with_nothing_is_nobodys_doing():
    assert minimal([1, 2], lambda _chosen: True) == ()
    with pytest.raises(ValueError, match="it fails with none of them"):
        culprits([1, 2], lambda _chosen: True)
