"""The spare: when there is one, who gets it, and that it does not outlive its owner."""

import os
import signal
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.guest import GuestOptions, QemuGuest
from harness.qemu.spare import Spare

pytestmark = pytest.mark.qemu

MACHINE = Machine(find_one().path, "none")


@pytest.fixture
def spare():
    with closing(Spare(MACHINE)) as spare:
        yield spare


@contextmanager
def closing_process(process):
    try:
        yield process
    finally:
        process.stop()


def take(spare, times, machine=MACHINE):
    for _ in range(times):
        spare.take(machine).stop()


@pytest.mark.parametrize(("times", "is_there"), [(0, False), (2, False), (3, True)])
def test_there_is_one_where_many_were_taken(spare, times, is_there):
    take(spare, times)
    spare.prepare()
    assert (spare._process is not None) == is_there


def test_it_is_the_next_that_is_taken_and_there_is_one_at_a_time(spare):
    take(spare, 3)
    spare.prepare()
    ahead = spare._process
    spare.prepare()
    assert spare._process is ahead
    with closing_process(spare.take(MACHINE)) as taken:
        assert taken is ahead
    assert spare._process is None


def test_one_that_was_killed_while_it_waited_is_replaced(spare):
    take(spare, 3)
    spare.prepare()
    ahead = spare._process
    os.kill(ahead.pid, signal.SIGKILL)
    assert ahead.status(within_s=10) is not None
    with closing_process(spare.take(MACHINE)) as taken:
        assert taken is not ahead
        assert taken.status() is None
    assert not ahead.directory.exists()


def test_another_machine_does_not_get_it(spare):
    take(spare, 3)
    spare.prepare()
    ahead = spare._process
    other = replace(MACHINE, seed=MACHINE.seed + 1)
    with closing_process(spare.take(other)) as taken:
        assert taken.argv[taken.argv.index("-seed") + 1] == str(other.seed)
    assert ahead.status() is not None
    assert not ahead.directory.exists()


def test_it_ends_with_its_owner():
    spare = Spare(MACHINE)
    take(spare, 3)
    spare.prepare()
    ahead = spare._process
    spare.close()
    spare.close()
    assert ahead.status() is not None
    assert not ahead.directory.exists()


def test_a_guest_that_is_started_often_has_its_next_process_running():
    with QemuGuest(GuestOptions(machine="none")) as guest:
        for _ in range(3):
            guest.save("used")
            guest.restart()
        ahead = guest._spare._process
        guest.save("used")
        guest.restart()
        assert guest._session.process is ahead
        last = guest._spare._process
        assert last is not ahead
    assert ahead.status() is not None
    assert last.status() is not None
