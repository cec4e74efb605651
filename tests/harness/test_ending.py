"""Endings: by itself, or by somebody else's hand."""

import signal

import pytest

from harness.ending import foremost, was_killed

ASKED = "qemu-system-x86_64: terminating on signal 15 from pid 42 (timeout)"


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=str
)
def test_signals_that_come_from_outside_are_somebody_elses_doing(number):
    assert was_killed(-number, "")


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV, signal.SIGTRAP], ids=str)
def test_signals_that_a_process_brings_upon_itself_are_its_own(number):
    assert not was_killed(-number, ASKED)


def test_one_that_was_asked_to_go_ends_in_good_order_and_says_so():
    assert was_killed(0, f"a warning\n{ASKED}\n")
    assert not was_killed(0, "")
    assert not was_killed(1, ASKED)


def test_one_that_runs_was_not_killed():
    assert not was_killed(None, ASKED)


ASSERTION = "qemu-system-arm: hw/sd/sd.c:409: f: Assertion `x' failed."
PEER = "qemu-system-arm: warning: nic cadence_gem.0 has no peer"
OPTION = "qemu-system-arm: -mon chardev=monitor,mode=control: warning: '-mon' is deprecated"


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (f"{OPTION}\n{PEER}\n{ASSERTION}\n", f"{ASSERTION}\n{OPTION}\n{PEER}"),
        (f"first\n{PEER}\n\n{ASSERTION}", f"first\n{ASSERTION}\n{PEER}"),
        ("qemu: info: in passing\nqemu: bad", "qemu: bad\nqemu: info: in passing"),
        # Not QEMU's own form: it may be what matters.
        ("ERROR: warning: odd\n**\nBail out!", "ERROR: warning: odd\n**\nBail out!"),
        (" \n", ""),
    ],
)
def test_warnings_are_told_behind_what_ended_it(log, told):
    assert foremost(log) == told
