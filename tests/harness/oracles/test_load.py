"""The load oracle."""

import pytest

from harness.cycle import CycleRecord, Future
from harness.errors import DeadlineError, DiedError, LoadError, SaveError
from harness.masks import Masks
from harness.oracles import Verdict, judge_load


def record(error):
    return CycleRecord(2, (), b"", b"", Future({}, ()), None, error, ())


FAILURES = [
    (LoadError("bad value"), "does not load"),
    (SaveError("no room"), "does not load"),
    (DiedError(-6, "load", ""), "crash"),
    (DeadlineError(10, "load"), "hang"),
]


def test_nothing_is_wrong_if_nothing_failed():
    assert judge_load(record(None), Masks()) == Verdict()


@pytest.mark.parametrize(("error", "kind"), FAILURES)
def test_a_failure_is_told_with_its_kind_and_reason(error, kind):
    difference = judge_load(record(error), Masks()).difference
    assert difference.oracle == "load"
    assert difference.kind == kind
    assert difference.cycle == 2
    assert difference.step is None
    assert difference.places == ()
    assert difference.seen == str(error)


@pytest.mark.parametrize(("error", "kind"), FAILURES)
def test_a_known_failure_is_counted(error, kind):
    masks = Masks()
    masks.add("a", [], kind)
    assert judge_load(record(error), masks) == Verdict(None, frozenset({"a"}))


def test_a_failure_of_another_kind_is_not_hidden():
    masks = Masks()
    masks.add("a", [], "hang")
    assert judge_load(record(LoadError("x")), masks).difference is not None
