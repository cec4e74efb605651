"""Crossing: what of a difference is the releases' own, and not the reload's."""

import pytest

from harness.crossing import Controls, without_unlike
from harness.cycle import CycleRecord, Future, run_trace
from harness.errors import DiedError, LoadError, SaveError
from harness.examiner import Examiner
from harness.masks import Masks
from harness.observation import Move, Observation
from harness.testing.script import FakeRegister, Script
from harness.trace import Trace
from tests.support.crossing import CrossingFake

#: Written and read back: what is in it goes to the other release and back.
TRACE = Trace.parse("outb 0x10 0xff\ncycle\ninb 0x10\ninb 0x11")


def script(*, other=None, **changes):
    """Two registers, the first of them as *changes* say; and what else *other* says."""
    first = FakeRegister(address=0x10, **changes)
    values = {"registers": (first, FakeRegister(address=0x11)), "reload_mode": "cross"}
    return Script(**(values | (other or {})))


def examine(here, there, trace=TRACE):
    return Examiner(CrossingFake(here, there), Masks()).examine(trace)


def test_what_both_releases_keep_and_the_way_between_them_loses_is_found():
    difference = examine(script(), script(loads=0xF0)).difference
    assert (difference.oracle, difference.command) == ("future", "inb 0x10")
    assert (difference.expected, difference.seen) == ("0xff", "0xf0")


def test_nothing_is_found_where_nothing_is_lost():
    examination = examine(script(), script())
    assert examination.difference is None
    assert not examination.discarded
    assert examination.cycles == 1


def test_what_the_other_release_does_by_itself_is_not_the_reloads_doing():
    assert examine(script(), script(is_readable=False)).difference is None
    assert examine(script(is_readable=False), script()).difference is None


def test_a_device_that_came_to_another_state_by_itself_is_not_compared():
    """One release ignores what the other keeps: then the other's value is still there."""
    trace = Trace.parse("outb 0x10 0x42\ncycle\noutb 0x10 0x0\ninb 0x10")
    deaf = FakeRegister(address=0x12)
    there = Script(registers=(FakeRegister(address=0x10, shows=0x12), deaf), reload_mode="cross")
    # Behind the reload 0x12 is read, which is another register.
    here = Script(registers=(FakeRegister(address=0x10), deaf), reload_mode="cross")
    assert examine(here, there, trace).difference is None


def test_a_field_that_comes_back_otherwise_is_found():
    hidden = {"is_readable": False}
    difference = examine(script(**hidden), script(**hidden, loads=0xF0)).difference
    assert difference.oracle == "idempotence"
    assert [(place.path, place.bits) for place in difference.places] == [("r10", 0x0F)]


def test_a_field_that_the_other_release_has_otherwise_by_itself_is_not_the_reloads_doing():
    trace = Trace.parse("cycle\n")
    forgets = {"is_saved": True, "is_readable": False, "loads": 0}
    here, there = script(is_readable=False, value=0x01), script(**forgets, value=0x03)
    assert examine(here, there, trace).difference is None


def test_what_the_first_release_itself_loses_when_it_loads_is_for_its_own_campaign():
    trace = Trace.parse("outb 0x10 0xff\ncycle\ncycle\ninb 0x10")
    examination = examine(script(loads=0xF0), script(), trace)
    assert (examination.difference, examination.cycles) == (None, 2)
    # With the other one first it is the way between them.
    assert examine(script(), script(loads=0xF0), trace).difference is not None


def test_a_clean_refusal_is_no_finding_and_is_told():
    refusing = {"load_errors": {0x10: LoadError("unknown subsection")}}
    examination = examine(script(), script(other=refusing))
    assert examination.difference is None
    assert examination.is_refused
    assert examination.discarded.startswith("refused: ")
    assert "unknown subsection" in examination.discarded


def test_a_guest_that_can_not_be_saved_is_none_of_the_crossings_findings():
    examination = examine(script(other={"save_errors": {0x10: SaveError("busy")}}), script())
    assert examination.difference is None
    assert examination.is_refused
    assert "busy" in examination.discarded


def test_a_state_that_is_not_taken_back_judges_nothing():
    refusing = {"load_errors": {0x10: LoadError("too new")}}
    examiner = Examiner(CrossingFake(script(other=refusing), script(loads=0xF0)), Masks())
    examination = examiner.examine(TRACE)
    assert (examination.difference, examination.is_refused) == (None, False)
    assert examination.discarded == (
        "what another release has at the checkpoint Fake 1.0 does not take"
    )
    assert any("too new" in why for why in examiner.guest.crossing.refusals())
    assert examiner.guest.crossing.refusals() == ()


def test_a_crash_over_the_state_is_found_if_the_release_does_not_crash_by_itself():
    there = script(other={"load_errors": {0x10: DiedError(-6, "loading", "assertion")}})
    assert examine(script(), there).difference.kind == "crash"


def test_a_release_that_does_not_get_there_by_itself_judges_nothing():
    there = script(
        other={
            "load_errors": {0x10: DiedError(-6, "loading", "assertion")},
            "errors": {0x10: DiedError(-11, "writing", "")},
        }
    )
    examination = examine(script(), there)
    assert examination.difference is None
    assert examination.discarded.startswith("Fake 2.0 does not get there by itself: ")


def test_a_release_that_resets_itself_on_the_way_judges_nothing():
    there = script(loads=0xF0, other={"incidents": {0x11: "guest reset"}})
    trace = Trace.parse("outb 0x11 0x1\noutb 0x10 0xff\ncycle\ninb 0x10")
    examination = examine(script(), there, trace)
    assert examination.difference is None
    assert examination.discarded == "Fake 2.0: guest reset"


def test_every_place_that_shows_the_loss_is_told_and_none_that_the_releases_have():
    guest = CrossingFake(script(), script(loads=0xF0))
    (place,) = Examiner(guest, Masks()).everywhere(TRACE, 1)
    assert place.bits == 0x0F
    guest = CrossingFake(script(), script(is_readable=False))
    assert Examiner(guest, Masks()).everywhere(TRACE, 1) == ()
    dying = script(loads=0xF0, other={"errors": {0x11: DiedError(-6, "reading", "")}})
    cut = Trace.parse("outb 0x10 0xff\ninb 0x11\ncycle\ninb 0x10")
    assert Examiner(CrossingFake(script(), dying), Masks()).everywhere(cut, 1) == ()


def test_a_guest_of_one_release_has_no_controls_to_ask():
    guest = CrossingFake(script(), script())
    guest.crossing = None
    assert Controls(guest, is_bare=False).states(TRACE, 1) == []


def test_the_states_without_a_reload_are_those_that_can_be_told():
    guest = CrossingFake(script(other={"load_errors": {0x10: LoadError("no")}}), script())
    (state,) = Controls(guest, is_bare=False).states(TRACE, 1)
    assert [field.data for field in state.fields if field.path == "r10"] == [b"\xff"]


def test_controls_that_others_have_used_begin_anew():
    guest = CrossingFake(script(), script(loads=0xF0))
    controls = Controls(guest, is_bare=False)
    (record,) = run_trace(guest, TRACE)
    assert controls.settled(record, TRACE).seen.observations[0] == Observation(0xF0)
    guest.twins[1].execute(TRACE.commands)
    controls.distrust()
    assert controls.settled(record, TRACE).seen.observations[0] == Observation(0xF0)


def test_a_field_that_the_releases_always_have_unlike_is_not_asked_about_for_ever():
    trace = Trace.parse("cycle\n")
    here, there = script(is_readable=False, value=1), script(is_readable=False, loads=0, value=3)
    examiner = Examiner(CrossingFake(here, there), Masks())
    for _ in range(3):
        assert examiner.examine(trace).difference is None
    asked = [len(twin.log) for twin in examiner.guest.twins]
    saves = [twin.restarts for twin in examiner.guest.twins]
    assert examiner.examine(trace).difference is None
    assert [twin.restarts for twin in examiner.guest.twins] == saves
    assert [len(twin.log) for twin in examiner.guest.twins] == asked
    # Other bits of it are, and so is what commands answer.
    written = Trace.parse("outb 0x10 0x81\ncycle\n")
    assert examiner.examine(written).difference.oracle == "idempotence"
    assert not examiner.controls.are_usual(())


UP, DOWN = Move("line", 1), Move("line", 0)


def record(expected, seen, **changes):
    values = {
        "number": 1,
        "suffix": (),
        "before": b"",
        "after": b"",
        "expected": expected,
        "seen": seen,
        "error": None,
        "incidents": (),
    }
    return CycleRecord(**(values | changes))


def future(*observations, **levels):
    return Future(levels, observations)


@pytest.mark.parametrize(
    ("control", "left"), [(0x0F, 0xFF), (0x1F, 0x0F), (None, 0x0F), (b"\x0f", 0x0F)]
)
def test_an_answer_in_which_a_control_is_otherwise_is_that_of_run_a(control, left):
    settled = without_unlike(
        record(future(Observation(0x0F)), future(Observation(0xFF))),
        [future(Observation(control))],
    )
    assert settled.seen == future(Observation(left))


def test_of_what_is_spared_nothing_is_compared_and_no_line_at_all():
    settled = without_unlike(
        record(
            future(Observation(1), Observation(2)),
            future(Observation(3, (UP,)), Observation(4), line=1),
        ),
        [future(Observation(1), Observation(2))],
        spared=[1],
    )
    assert settled.seen == future(Observation(3), Observation(2))
    assert settled.expected == future(Observation(1), Observation(2))


@pytest.mark.parametrize(
    "control",
    [
        future(Observation(0)),
        future(Observation(0, (UP, DOWN))),
        future(Observation(0, (UP,)), line=1),
    ],
)
def test_of_a_line_that_moves_otherwise_nothing_is_left(control):
    settled = without_unlike(
        record(future(Observation(0, (UP,))), future(Observation(0), line=1, other=1)), [control]
    )
    assert settled.expected == future(Observation(0))
    assert settled.seen == future(Observation(0), other=1)


def test_a_line_that_moves_alike_is_left_as_it_was():
    one = record(future(Observation(0, (UP,))), future(Observation(0)))
    assert without_unlike(one, [future(Observation(0, (UP,)))]) == one


def test_where_there_is_no_run_b_there_is_nothing_to_take_out():
    one = record(future(Observation(1)), None)
    assert without_unlike(one, [future(Observation(2))]) is one


def test_without_a_second_release_a_record_is_left_as_it_was():
    guest = CrossingFake(script(), script(loads=0xF0))
    (one,) = run_trace(guest, TRACE)
    guest.crossing = None
    assert Controls(guest, is_bare=False).settled(one, TRACE) is one
