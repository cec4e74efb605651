"""Endings: by itself, or by somebody else's hand."""

import signal

import pytest

from harness.ending import was_killed

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
