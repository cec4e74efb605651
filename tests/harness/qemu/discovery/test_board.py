"""Boards: what a machine needs, found out from what a played QEMU says."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import LaunchError
from harness.qemu.argv import BLANK_IMAGE, Machine
from harness.qemu.discovery import board as module
from harness.qemu.discovery.attempt import Outcome
from harness.qemu.discovery.board import (
    Board,
    Start,
    boards,
    find_start,
    lightened,
    startable,
    try_board,
)
from harness.qemu.discovery.round_trip import Ending, RoundTrip, Step

QEMU = Path("qemu")
UP = Outcome(started=True)
YES = Step(Ending.YES)
SOUND = RoundTrip(YES, YES, YES, YES, 12)
AUDIO = ("-audiodev", "none,id=audio")
BIOS = ("-bios", BLANK_IMAGE)


def refused(words):
    return Outcome(started=False, words=words)


class Player:
    """Starts a machine if it has what it needs; says the first thing that it lacks."""

    def __init__(self, *needs):
        self.needs = needs
        self.asked = []

    def __call__(self, machine, deadline_s):
        self.asked.append(machine)
        for fits, outcome in self.needs:
            if not fits(machine):
                return outcome
        return UP


def has_audio(machine):
    return "-audiodev" in machine.devices


def start_of(*needs):
    player = Player(*needs)
    return find_start(Machine(QEMU, "board"), 1.0, player), player


def test_a_machine_that_starts_needs_nothing():
    start, player = start_of()
    assert start == Start(Machine(QEMU, "board"), UP, UP)
    assert len(player.asked) == 1
    assert Board(start, SOUND).needs == ()


def test_what_it_asks_for_is_given_one_after_the_other():
    start, player = start_of(
        (lambda one: one.memory_mb >= 48, refused("RAM must be 48 MiB at least")),
        (has_audio, refused("no default audio driver available")),
        (lambda one: "-bios" in one.devices, refused("Could not find dtb file 'x'")),
    )
    assert start.outcome == UP
    assert start.bare == refused("RAM must be 48 MiB at least")
    assert start.machine == Machine(QEMU, "board", (*AUDIO, *BIOS), 48)
    assert len(player.asked) == 4
    assert Board(start, SOUND).needs == ("-m", "48M", *AUDIO, *BIOS)


def test_where_no_size_is_named_the_least_that_does_is_found():
    start, _ = start_of((lambda one: one.memory_mb >= 100, refused("Invalid RAM size 4 MiB")))
    assert start.machine.memory_mb == 128


def test_less_than_a_mebibyte_can_be_needed():
    start, _ = start_of((lambda one: one.memory_mb <= 1 / 64, refused("RAM size, max 16 KiB")))
    assert Board(start, SOUND).needs == ("-m", "16K")


def test_a_crash_may_be_cured_too():
    crash = Outcome(started=False, words="killed by signal 6: Assertion", crashed=True)
    start, _ = start_of((lambda one: one.memory_mb >= 8, crash))
    assert (start.outcome, start.bare, start.machine.memory_mb) == (UP, crash, 8)


def test_the_last_resort_is_another_accelerator():
    start, _ = start_of((lambda one: one.accelerator == "qtest", refused("no nvram")))
    assert Board(start, SOUND).needs == ("-accel", "qtest")


def test_one_that_nothing_helps_says_how_far_it_came():
    start, player = start_of(
        (has_audio, refused("no audio")), (lambda one: False, refused("no licence"))
    )
    assert start.outcome == refused("no licence")
    assert start.bare == refused("no audio")
    assert start.machine.devices == AUDIO
    # The bare one, with audio, and with the other accelerator on top.
    assert len(player.asked) == 3
    assert Board(start, RoundTrip()).needs == ()


def test_one_that_hangs_is_not_tried_again():
    late = Outcome(started=False, words="no answer: memory", late=True)
    start, player = start_of((lambda one: False, late))
    assert start.outcome == late
    assert len(player.asked) == 1


def test_one_that_somebody_kills_lacks_nothing():
    killed = Outcome(started=False, words="somebody else ended it", killed=True)
    start, player = start_of((lambda one: False, killed))
    assert start.outcome == killed
    assert len(player.asked) == 1
    assert not Board(start, RoundTrip()).is_at_fault


def test_a_board_that_starts_makes_its_round_trip():
    asked = []

    def trip(machine, deadline_s):
        asked.append((machine, deadline_s))
        return SOUND

    player = Player((has_audio, refused("no audio")))
    board = try_board(QEMU, "board", 3.0, player, trip)
    assert (board.name, board.trip, board.is_at_fault) == ("board", SOUND, False)
    assert asked == [(Machine(QEMU, "board", AUDIO), 3.0)]
    assert board.document() == {
        "needs": ["-audiodev", "none,id=audio"],
        "without": "no audio",
        "sections": 12,
        "steps": {
            name: {"ending": "yes", "words": ""}
            for name in ("starts", "saves a snapshot", "loads in place", "migrates", "loads fresh")
        },
    }


def test_a_board_that_does_not_start_makes_none():
    player = Player((lambda one: False, refused("no")))
    board = try_board(QEMU, "board", 3.0, player, None)
    assert (board.starts, board.trip) == (Step(Ending.NO, "no"), RoundTrip())
    assert not board.is_at_fault


NO = Step(Ending.NO, "no")
CRASH = Outcome(started=False, words="killed by signal 6", crashed=True)
HANG = Outcome(started=False, words="no answer", late=True)


@pytest.mark.parametrize(
    ("outcome", "bare", "trip", "is_at_fault"),
    [
        (UP, UP, SOUND, False),
        (UP, refused("no"), SOUND, False),
        (UP, CRASH, SOUND, True),
        (UP, UP, RoundTrip(YES, NO, YES, YES), True),
        (refused("no"), CRASH, RoundTrip(), False),
        (CRASH, refused("no"), RoundTrip(), True),
        (HANG, HANG, RoundTrip(), True),
    ],
)
def test_what_ends_badly_is_at_fault_and_what_refuses_to_start_is_not(
    outcome, bare, trip, is_at_fault
):
    board = Board(Start(Machine(QEMU, "board"), outcome, bare), trip)
    assert board.is_at_fault is is_at_fault


@pytest.mark.parametrize(
    ("outcome", "ending"),
    [(UP, Ending.YES), (refused("no"), Ending.NO), (CRASH, Ending.CRASH), (HANG, Ending.HANG)],
)
def test_a_crash_and_a_hang_are_told_from_a_refusal(outcome, ending):
    board = Board(Start(Machine(QEMU, "board"), outcome, outcome), RoundTrip())
    assert board.starts == Step(ending, outcome.words)
    assert next(iter(board.steps())) == "starts"


def test_a_crash_that_something_helped_against_is_still_told():
    board = Board(Start(Machine(QEMU, "board"), UP, CRASH), SOUND)
    assert board.steps()["starts without what it needs"] == Step(Ending.CRASH, "killed by signal 6")


def test_boards_come_in_the_order_in_which_they_are_asked_for(monkeypatch):
    monkeypatch.setattr(
        module, "try_board", lambda binary, name, deadline_s: (binary, name, deadline_s)
    )
    assert list(boards(QEMU, ["b", "a"], 2, 5.0)) == [(QEMU, "b", 5.0), (QEMU, "a", 5.0)]


def test_whoever_stops_listening_waits_for_no_more_boards(monkeypatch):
    tried, go_on = [], threading.Event()

    def one_board(binary, name, deadline_s):
        tried.append(name)
        if name:
            assert go_on.wait(10)
        return name

    monkeypatch.setattr(module, "try_board", one_board)
    found = boards(QEMU, list(range(50)), 1)
    assert next(found) == 0
    threading.Timer(0.1, go_on.set).start()
    found.close()
    assert tried == [0, 1]


def test_what_a_machine_needs_is_found_out_once(fake, tmp_path):
    log = tmp_path / "runs"
    made = fake(
        refused={"-m 4M": "qemu: RAM size must be 32 MiB\n"},
        answers={"human-monitor-command info qtree": "", "query-migrate": {}},
    )
    made.write_text(
        made.read_text().replace("words =", f"open({str(log)!r}, 'a').write('x')\nwords =", 1)
    )
    assert startable(made, "board") == Machine(made, "board", memory_mb=32)
    assert startable(made, "board") == Machine(made, "board", memory_mb=32)
    assert log.read_text() == "xx"


def test_a_machine_that_nothing_helps_is_an_error_with_its_words(fake):
    made = fake(refused={"-M board": "qemu: no such machine\n"})
    with pytest.raises(LaunchError, match=r"-M board\nno such machine"):
        startable(made, "board")


@pytest.mark.parametrize(
    ("memory_mb", "started", "kept"),
    [(1024, True, True), (1024, False, False), (4, True, False), (0, True, False)],
)
def test_much_memory_is_kept_outside_where_the_machine_takes_it(memory_mb, started, kept):
    machine = Machine(Path("qemu"), "board", memory_mb=memory_mb)
    found = lightened(machine, 1.0, lambda _machine, _deadline_s: Outcome(started=started))
    assert found == replace(machine, keeps_memory=kept)


def test_a_machine_that_somebody_kills_is_an_error_that_says_so(fake, struck):
    with pytest.raises(LaunchError, match="somebody else ended it") as caught:
        startable(struck(fake(), times=2), "board")
    assert caught.value.was_killed
