"""Cycles: what is run, in what order, and what is recorded when something fails."""

import pytest

from harness.command import Command
from harness.cycle import CHECKPOINT, Future, run_again, run_trace
from harness.errors import DeadlineError, DiedError, LoadError, QtestError, SaveError
from harness.observation import Observation
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace


def guest_of(*registers, **script):
    return FakeGuest(Script(registers=registers or (FakeRegister(address=1),), **script))


def records(guest, *lines):
    return list(run_trace(guest, Trace.parse("\n".join(lines))))


def answers(future):
    return [observation.answer for observation in future.observations]


def test_the_suffix_runs_at_once_and_again_after_the_reload():
    guest = guest_of(FakeRegister(address=1, is_saved=False))
    (record,) = records(guest, "outb 0x1 0x7", "cycle", "inb 0x1")
    assert record.number == 1
    assert record.suffix == (Command("inb", (1,)),)
    assert answers(record.expected) == [7]
    assert answers(record.seen) == [0]
    assert record.error is None
    assert record.failure_kind == ""


def test_the_checkpoint_is_taken_before_the_first_run():
    guest = guest_of()
    (record,) = records(guest, "outb 0x1 0x7", "cycle", "inb 0x1", "outb 0x1 0x9")
    assert answers(record.expected) == answers(record.seen) == [7, None]


def test_the_next_cycle_begins_where_the_reloaded_run_ended():
    guest = guest_of(FakeRegister(address=1, is_saved=False))
    first, second = records(guest, "outb 0x1 0x7", "cycle", "inb 0x1", "cycle", "inb 0x1")
    assert [first.number, second.number] == [1, 2]
    assert answers(second.expected) == answers(second.seen) == [0]


def test_the_last_cycle_knows_the_state_before_and_after():
    guest = guest_of(FakeRegister(address=1, loads=0x0F))
    *_, record = records(guest, "cycle", "outb 0x1 0x77", "cycle")
    before, after = guest.decode(record.before).by_key(), guest.decode(record.after).by_key()
    assert before["fake", 0, "r1"].data == b"\x77"
    assert after["fake", 0, "r1"].data == b"\x07"


def test_a_trace_without_a_cycle_runs_and_records_nothing():
    guest = guest_of()
    assert records(guest, "outb 0x1 0x7") == []
    assert guest.execute([Command("inb", (1,))]) == [Observation(7)]


def test_the_levels_are_those_at_the_beginning_of_each_run():
    guest = guest_of(FakeRegister(address=1), lines={"irq": (1,)})
    (record,) = records(guest, "outb 0x1 0x1", "cycle", "outb 0x1 0x0")
    assert record.expected.levels == {"irq": 1}
    assert record.seen.levels == {"irq": 0}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SaveError("no room"), "does not load"),
        (DiedError(-6, "save", ""), "crash"),
        (DeadlineError(1, "save"), "hang"),
    ],
)
def test_a_guest_that_can_not_save_is_recorded_and_the_trace_ends(error, kind):
    guest = guest_of(save_errors={1: error})
    (record,) = records(guest, "outb 0x1 0x1", "cycle", "inb 0x1")
    assert str(record.error) == str(error)
    assert record.seen is None
    assert record.before == record.after == b""
    assert record.failure_kind == kind


def test_a_guest_that_refuses_its_own_state_is_recorded_and_the_trace_ends():
    guest = guest_of(load_errors={1: LoadError("bad value")})
    (record,) = records(guest, "outb 0x1 0x1", "cycle", "inb 0x1", "cycle")
    assert str(record.error) == "the guest could not load its own state: bad value"
    assert answers(record.expected) == [1]
    assert record.seen is None
    assert record.after == b""
    assert record.failure_kind == "does not load"


def test_a_guest_that_can_not_be_saved_any_more_once_it_was_loaded_is_recorded():
    """What it says comes from reading the state just after the reload."""
    lost = FakeRegister(address=1, value=1, is_saved=False)
    guest = guest_of(lost, save_errors={1: SaveError("only one of them")})
    (record,) = records(guest, "outb 0x1 0x0", "cycle", "inb 0x1")
    assert str(record.error) == "the guest could not save its state: only one of them"
    assert answers(record.expected) == [0]
    assert record.seen is None
    assert record.failure_kind == "does not load"


@pytest.mark.parametrize(
    ("error", "kind"),
    [(DiedError(-11, "load", ""), "crash"), (DeadlineError(1, "load"), "hang")],
)
def test_a_guest_that_dies_of_its_own_state_is_recorded(error, kind):
    guest = guest_of(load_errors={1: error})
    (record,) = records(guest, "outb 0x1 0x1", "cycle", "inb 0x1")
    assert type(record.error) is type(error)
    assert record.failure_kind == kind
    assert record.incidents == ()


def test_a_guest_that_dies_in_the_run_after_the_reload_is_recorded():
    # The third command that it is given is the first after the reload.
    guest = guest_of(accidents={3: DiedError(1, "a command", "")})
    (record,) = records(guest, "outb 0x1 0x1", "cycle", "inb 0x1")
    assert record.failure_kind == "crash"
    assert record.seen is None


@pytest.mark.parametrize("at", [1, 2])
def test_a_guest_that_dies_in_a_run_that_was_never_reloaded_is_no_record(at):
    guest = guest_of(accidents={at: DiedError(1, "a command", "")})
    with pytest.raises(DiedError):
        records(guest, "outb 0x1 0x1", "cycle", "inb 0x1")


def test_a_refused_command_is_no_record():
    with pytest.raises(QtestError):
        records(guest_of(), "cycle", "clock_step 1")


def test_incidents_are_recorded_and_end_the_trace():
    guest = guest_of(incidents={1: "guest reset"})
    (record,) = records(guest, "outb 0x1 0x1", "cycle", "inb 0x1", "cycle", "inb 0x1")
    assert record.incidents == ("guest reset",)


def test_a_run_can_be_had_again_from_the_same_checkpoint():
    guest = guest_of(FakeRegister(address=1, is_saved=False), FakeRegister(address=2))
    (record,) = records(guest, "outw 0x1 0x507", "cycle", "inb 0x1", "inb 0x2", "outb 0x2 0x1")
    after, again = run_again(guest, record.suffix)
    assert again == Future({}, record.seen.observations)
    assert after == record.after


def test_the_checkpoint_stays_until_the_next_cycle():
    guest = guest_of()
    run = run_trace(guest, Trace.parse("outb 0x1 0x7\ncycle\noutb 0x1 0x9\ncycle\n"))
    next(run)
    guest.load(CHECKPOINT)
    assert guest.execute([Command("inb", (1,))]) == [Observation(7)]


def test_a_reload_into_something_fresh_shows_what_a_reset_leaves():
    lines = ("outb 0x1 0x7", "cycle", "inb 0x1")
    unsaved = FakeRegister(address=1, is_saved=False, is_reset=False)
    (in_place,) = records(guest_of(unsaved), *lines)
    (fresh,) = records(guest_of(unsaved, reload_mode="fresh"), *lines)
    assert answers(in_place.expected) == answers(in_place.seen) == [7]
    assert (answers(fresh.expected), answers(fresh.seen)) == ([7], [0])
