"""The pool: who waits, who is taken, and that nobody is left."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from harness.errors import LaunchError
from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.pool import SIZE, Pool

pytestmark = pytest.mark.qemu

DEADLINE_S = 20.0
BINARY = find_one()
RELEASE = BINARY.version[0], BINARY.version[1]


@pytest.fixture
def pool():
    with closing(Pool(Machine(BINARY.path, "none"), DEADLINE_S, RELEASE)) as pool:
        yield pool


def test_it_starts_as_many_as_are_missing_and_no_more(pool):
    pool.fill()
    started = list(pool._started)
    assert len(started) == SIZE
    pool.fill()
    assert list(pool._started) == started


def test_the_one_that_was_started_first_is_taken_and_waits_for_a_state(pool):
    pool.fill()
    first = pool._started[0]
    with closing(pool.take()) as taken:
        assert taken.process is first
        assert first.argv[-2:] == ("-incoming", "defer")
        assert "inmigrate" in taken.hmp("info status", "asking")
        assert len(pool._started) == SIZE
        assert first not in pool._started


def test_each_draws_random_numbers_of_its_own(pool):
    pool.fill()
    pool.take().close()
    seeds = [process.argv[process.argv.index("-seed") + 1] for process in pool._started]
    assert seeds == ["3", "4"]


def test_one_is_there_without_having_been_asked_for(pool):
    with closing(pool.take()) as taken:
        assert taken.process.status() is None


def test_one_that_was_killed_while_it_waited_is_replaced(pool):
    pool.fill()
    killed = pool._started[0]
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.status(within_s=DEADLINE_S) == -signal.SIGKILL
    with closing(pool.take()) as taken:
        assert taken.process is not killed
        assert "inmigrate" in taken.hmp("info status", "asking")
    assert not killed.directory.exists()


def test_all_that_wait_are_ended_with_it(pool):
    pool.fill()
    waiting = list(pool._started)
    pool.close()
    pool.close()
    for process in waiting:
        assert not Path(f"/proc/{process.pid}").exists()
        assert not process.directory.exists()


def test_a_machine_that_can_not_wait_says_so_when_it_is_wanted():
    with closing(Pool(Machine(BINARY.path, "no-such-machine"), DEADLINE_S, RELEASE, 1)) as pool:
        pool.fill()
        with pytest.raises(LaunchError) as caught:
            pool.take()
        assert "no-such-machine" in " ".join(caught.value.argv)
