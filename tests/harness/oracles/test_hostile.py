"""The hostile oracle."""

import pytest

from harness.command import Command
from harness.cycle import CycleRecord, Future
from harness.difference import FieldPlace, SpoiltPlace
from harness.errors import DeadlineError, DiedError, LoadError, SpoilError
from harness.masks import Masks
from harness.oracles import Verdict, judge_hostile

SPOIL = Command.parse("spoil 0000:00:02.0/e1000 0 mac_reg[3] 0xff")
PLACE = SpoiltPlace("0000:00:02.0/e1000", 0, "mac_reg[3]")


def record(error, *, spoils=(SPOIL,)):
    return CycleRecord(2, (), b"", b"", Future({}, ()), None, error, (), spoils=spoils)


@pytest.mark.parametrize(
    ("error", "kind"), [(DiedError(-6, "load", "abort"), "crash"), (DeadlineError(10, "x"), "hang")]
)
def test_a_guest_that_does_not_outlive_it_is_told_with_what_was_spoilt(error, kind):
    difference = judge_hostile(record(error), Masks()).difference
    assert (difference.oracle, difference.kind, difference.cycle) == ("hostile", kind, 2)
    assert difference.places == (PLACE,)
    assert difference.seen == str(error)
    assert difference.expected == "it is loaded, or refused with an error"


@pytest.mark.parametrize(
    "error", [None, LoadError("bad value"), SpoilError("x", "y"), DiedError(-9, "load", "")]
)
def test_what_is_loaded_or_refused_or_killed_by_somebody_else_is_none(error):
    assert judge_hostile(record(error), Masks()) == Verdict()


def test_of_a_state_as_it_was_saved_nothing_is_said():
    assert judge_hostile(record(DiedError(-6, "load", ""), spoils=()), Masks()) == Verdict()


def test_a_field_that_is_known_is_counted_whatever_its_index():
    masks = Masks()
    masks.add("case", [SpoiltPlace("0000:00:05.0/e1000", 0, "mac_reg[9]")])
    verdict = judge_hostile(record(DiedError(-6, "load", "")), masks)
    assert verdict == Verdict(known=frozenset({"case"}))


def test_what_a_field_does_spoilt_says_nothing_of_what_it_loses_and_the_other_way_round():
    masks = Masks()
    assert masks.add("lost", [FieldPlace("0000:00:02.0/e1000", 0, "mac_reg[3]", 1)])
    assert judge_hostile(record(DiedError(-6, "load", "")), masks).difference is not None
    assert masks.add("spoilt", [PLACE])
    assert masks.cases_of_field("e1000", "mac_reg[3]") == {"lost"}


def test_the_pin_is_how_it_ended_and_not_what_was_spoilt_or_asked():
    def pin(error, **more):
        return judge_hostile(record(error, **more), Masks()).difference.pin

    ended = DiedError(-11, "17 commands", "qemu: bad address 0x7f00")
    other = Command.parse("spoil dma 0 mask 0x00")
    same = DiedError(-11, "3 commands", "qemu: bad address 0x12")
    assert pin(ended) == pin(same, spoils=(other,))
    assert pin(ended) != pin(DiedError(-6, "17 commands", "qemu: bad address 0x7f00"))
