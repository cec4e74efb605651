"""Round trips of a QEMU that is played, session by session."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import DeadlineError, DiedError, LaunchError, LoadError, QmpError, SaveError
from harness.qemu.argv import Machine
from harness.qemu.discovery import round_trip as module
from harness.qemu.discovery.round_trip import Ending, RoundTrip, Step, round_trip
from tests.support.small_streams import stream
from vmstate.stream import read_stream

MACHINE = Machine(Path("qemu"), "board")
YES, UNTRIED = Step(Ending.YES), Step(Ending.UNTRIED)
STREAM = stream()
SECTIONS = len(read_stream(STREAM).sections)
#: What is in the log before anything is done.
OLD_NEWS = "qemu: warning: little memory\nabout something\n"
SOUND = RoundTrip(YES, YES, YES, YES, SECTIONS)


class Play:
    """What comes of each operation: an error, a complaint, or nothing; a list for each time."""

    def __init__(self, **comes):
        self.comes = comes
        self.done = []
        self.open = 0
        self.log = OLD_NEWS

    def do(self, operation):
        self.done.append(operation)
        came = self.comes.get(operation, "")
        if isinstance(came, list):
            came = came.pop(0) if came else ""
        if operation == "loadvm untouched":
            self.log += self.comes.get("late_log", "")
        if isinstance(came, Exception):
            raise came
        return came

    def session(self, start):
        play = self

        class Session:
            def __init__(self, machine, deadline_s):
                assert (machine, deadline_s) == (MACHINE, 2.0)
                play.do(start)
                play.open += 1
                self.process = SimpleNamespace(log_tail=lambda: play.log)

            def hmp(self, line, doing):
                return play.do(line)

            def reset(self, doing):
                play.do("reset")

            def migration_stream(self, doing):
                return play.do("migrate") or play.comes.get("stream", STREAM)

            def load_stream(self, data):
                assert data == play.comes.get("stream", STREAM)
                play.do("load")

            def close(self):
                play.open -= 1

        return Session


@pytest.fixture
def played(monkeypatch):
    def run(**comes):
        play = Play(**comes)
        monkeypatch.setattr(module, "Session", play.session("start"))
        monkeypatch.setattr(module, "Incoming", play.session("wait"))
        trip = round_trip(MACHINE, 2.0)
        assert play.open == 0
        return trip, play

    return run


def test_a_warning_is_no_complaint(played):
    said = "warning: TCG doesn't support a feature\ninfo: so it goes\n"
    trip, _ = played(**{"savevm untouched": said, "loadvm untouched": said})
    assert trip == SOUND


def test_a_sound_machine_goes_all_the_way(played):
    trip, play = played()
    assert trip == SOUND
    assert trip.is_sound
    assert trip.saves == YES
    assert play.done == [
        *("start", "savevm untouched", "reset", "loadvm untouched", "info status"),
        *("start", "migrate"),
        *("wait", "load", "info status"),
    ]


def died(status, doing, said=""):
    return DiedError(status, doing, OLD_NEWS + said)


@pytest.mark.parametrize(
    ("comes", "snapshot"),
    [
        ({"savevm untouched": " Error: nope\r\n"}, Step(Ending.NO, "Error: nope")),
        (
            {"savevm untouched": died(-6, "savevm", "Assertion failed\n")},
            Step(Ending.CRASH, "killed by signal 6 during savevm: Assertion failed"),
        ),
        (
            {"savevm untouched": died(None, "savevm")},
            Step(Ending.CRASH, "closed its connection during savevm: it said nothing"),
        ),
        (
            {"savevm untouched": DeadlineError(2.0, "savevm")},
            Step(Ending.HANG, "the guest did not answer within 2 s during savevm; it was killed"),
        ),
    ],
)
def test_one_that_saves_no_snapshot_is_still_migrated(played, comes, snapshot):
    trip, play = played(**comes)
    assert trip == RoundTrip(snapshot, UNTRIED, YES, YES, SECTIONS)
    assert trip.saves == snapshot
    assert not trip.is_sound
    assert "reset" not in play.done


@pytest.mark.parametrize(
    ("comes", "in_place"),
    [
        ({"loadvm untouched": "Error: bad\n"}, Step(Ending.NO, "Error: bad")),
        (
            {"info status": died(1, "loadvm", "qemu-system-arm: late trouble\n")},
            Step(Ending.CRASH, "exit status 1 during loadvm: late trouble"),
        ),
    ],
)
def test_one_that_can_not_load_its_own_snapshot_says_so(played, comes, in_place):
    trip, _ = played(**comes)
    assert (trip.snapshot, trip.in_place, trip.migration) == (YES, in_place, YES)
    assert trip.saves == YES
    assert not trip.is_sound


def test_what_is_said_in_the_log_while_it_loads_belongs_to_the_words(played):
    trip, _ = played(**{"loadvm untouched": "Error: bad"}, late_log="qemu: no x\nError: bad\n")
    assert trip.in_place == Step(Ending.NO, "Error: bad\nno x")


@pytest.mark.parametrize(
    ("error", "migration"),
    [
        (SaveError("a device blocks it"), Step(Ending.NO, "a device blocks it")),
        (QmpError("migrate", "no such thing"), Step(Ending.NO, "no such thing")),
    ],
)
def test_one_that_can_not_be_migrated_is_loaded_nowhere(played, error, migration):
    trip, play = played(migrate=error)
    assert trip == RoundTrip(YES, YES, migration)
    assert trip.saves == migration
    assert "wait" not in play.done


def test_a_stream_that_we_can_not_read_is_told_and_is_no_fault(played):
    trip, _ = played(stream=b"nonsense")
    assert trip.migration.ending is Ending.YES
    assert trip.migration.words.startswith("its sections can't be told apart: ")
    assert (trip.fresh, trip.sections) == (YES, 0)
    assert trip.is_sound


@pytest.mark.parametrize(
    ("comes", "fresh"),
    [
        ({"load": LoadError("qemu: no section\n")}, Step(Ending.NO, "no section")),
        ({"load": LoadError("")}, Step(Ending.NO, "it said nothing")),
        (
            {"wait": LaunchError(("qemu",), 1, "qemu: can't wait\n")},
            Step(Ending.NO, "exit status 1 at the start: can't wait"),
        ),
        (
            {"wait": LaunchError(("qemu",), -11, "")},
            Step(Ending.CRASH, "killed by signal 11 at the start: it said nothing"),
        ),
        (
            {"wait": LaunchError(("qemu",), None, "")},
            Step(Ending.HANG, "no answer at the start: it said nothing"),
        ),
    ],
)
def test_one_that_does_not_load_anew_says_so(played, comes, fresh):
    trip, _ = played(**comes)
    assert trip == RoundTrip(YES, YES, YES, fresh, SECTIONS)


def test_one_that_does_not_start_again_fails_both_ways(played):
    trip, _ = played(start=LaunchError(("qemu",), 1, "qemu: busy\n"))
    busy = Step(Ending.NO, "exit status 1 at the start: busy")
    assert trip == RoundTrip(busy, UNTRIED, busy, UNTRIED)


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("savevm untouched", DiedError(-9, "savevm", "")),
        ("migrate", DiedError(-15, "migrating", "")),
        ("wait", LaunchError(["qemu"], -9, "")),
    ],
)
def test_a_machine_that_somebody_kills_makes_the_trip_again(played, operation, error):
    trip, play = played(**{operation: [error]})
    assert trip == SOUND
    assert play.done.count("savevm untouched") == 2
    trip, play = played(**{operation: [error, error]})
    assert not trip.is_sound
    assert trip.was_killed
    assert play.done.count("savevm untouched") == 2


def test_a_machine_that_dies_of_itself_makes_one_trip(played):
    trip, play = played(**{"savevm untouched": [DiedError(-6, "savevm", "")]})
    assert (trip.snapshot.ending, trip.was_killed) == (Ending.CRASH, False)
    assert play.done.count("savevm untouched") == 1
