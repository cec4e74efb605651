"""Attempts: what came of starting a program that plays QEMU."""

import signal

import pytest

from harness.errors import LaunchError
from harness.qemu.argv import Machine
from harness.qemu.discovery.attempt import attempt, own_words
from harness.qemu.discovery.qtree import Bus, Device

DEADLINE_S = 10
TREE = 'bus: main\r\n  type System\r\n  dev: nic, id "dut"\r\n'
ANSWERS = {
    "human-monitor-command info qtree": TREE,
    "query-migrate": {"blocked-reasons": ["peer mode"]},
}


def test_a_machine_that_started_is_looked_at(fake):
    outcome = attempt(Machine(fake(answers=ANSWERS)), DEADLINE_S)
    assert outcome.started
    assert outcome.tree == [Bus("main", "System", [Device("nic", "dut")])]
    assert outcome.blockers == ("peer mode",)
    assert outcome.words == ""


@pytest.mark.parametrize("answer", [{}, [], {"blocked-reasons": None}])
def test_a_machine_may_name_no_blockers(fake, answer):
    made = fake(answers=ANSWERS | {"query-migrate": answer})
    assert attempt(Machine(made), DEADLINE_S).blockers == ()


def test_a_refusal_is_told_in_its_own_words(fake):
    said = "qemu-system-fake: -device nic,id=dut: no such thing\n"
    outcome = attempt(Machine(fake(refused={"nic": said}), devices=("nic",)), DEADLINE_S)
    assert (outcome.started, outcome.words, outcome.crashed) == (False, "no such thing", False)


def test_a_refusal_without_words_names_the_status(fake):
    outcome = attempt(Machine(fake(refused={"nic": ""}), devices=("nic",)), DEADLINE_S)
    assert outcome.words == "it ended with status 1 and said nothing"


def test_a_signal_is_a_crash(fake):
    made = fake(signals={"nic": signal.SIGABRT})
    outcome = attempt(Machine(made, devices=("nic",)), DEADLINE_S)
    assert outcome.crashed
    assert outcome.words == "killed by signal 6: it ended with status -6 and said nothing"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV], ids=str)
def test_one_that_a_signal_ends_has_a_second_chance(fake, struck, number):
    outcome = attempt(Machine(struck(fake(answers=ANSWERS), number)), DEADLINE_S)
    assert outcome.started
    assert not outcome.killed


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=str)
def test_one_that_somebody_kills_each_time_has_not_crashed(fake, struck, number):
    outcome = attempt(Machine(struck(fake(answers=ANSWERS), number, times=2)), DEADLINE_S)
    assert (outcome.started, outcome.crashed, outcome.killed) == (False, False, True)
    assert outcome.words == (
        f"somebody else ended it: it ended with status -{number} and said nothing"
    )


def test_one_that_waits_for_ever_is_ended(fake):
    outcome = attempt(Machine(fake(silent="nic"), devices=("nic",)), 0.5)
    assert (outcome.started, outcome.late) == (False, True)
    assert outcome.words == "no answer within 0.5 s: connecting"


def test_a_refused_question_is_told_too(fake):
    outcome = attempt(Machine(fake()), DEADLINE_S)
    assert (outcome.started, outcome.late) == (False, False)
    assert outcome.words == (
        "QEMU refused human-monitor-command: no human-monitor-command info qtree"
    )


def test_a_program_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(LaunchError, match="No such file or directory"):
        attempt(Machine(tmp_path / "none"), DEADLINE_S)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("qemu-system-x86_64: -device e1000,netdev=x: no 'x'\n", "no 'x'"),
        ("/usr/bin/qemu-system-arm: unsupported\n", "unsupported"),
        ("qemu: warning: slow\nqemu: -device a: info: b\nqemu: bad\n\n", "bad"),
        ("qemu: module audio-pa not found, do you want it?\nqemu: no kernel\n", "no kernel"),
        ("hw/a.c:1: f: Assertion `x' failed.", "hw/a.c:1: f: Assertion `x' failed."),
        ("qemu: first\nsecond: line", "first\nsecond: line"),
        ("", ""),
    ],
)
def test_own_words_are_without_names_and_warnings(log, words):
    assert own_words(log) == words
