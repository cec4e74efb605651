"""Laws of replays: one trace, one answer, to the byte, however often and in whatever process."""

import hashlib
import os
import random
import subprocess
import sys
from functools import cache
from pathlib import Path

import msgspec
import pytest

from harness.command import Command
from harness.corpus import case_from_finding
from harness.cycle import run_trace
from harness.guests import ModelGuest
from harness.strategies.accesses import accesses_of
from harness.strategies.worth import WRITES
from harness.trace import CYCLE, Trace
from tests.support.faulty_pc import build_faulty_pc
from tests.support.planting import first_finding

#: How many traces there are, and how often each is replayed in one process.
TRACES, TIMES = 20, 50
ROOT = Path(__file__).parents[2]
_WRITES = {verb for verbs in WRITES.values() for verb in verbs.values()}


def traces(guest):
    """Return traces over all devices of *guest*, each with three cycles."""
    rng = random.Random(1)
    accesses = accesses_of(guest.map.regions, guest.hazard, {})
    for _ in range(TRACES):
        steps = []
        for _ in range(60):
            verb, address = rng.choice(accesses)
            operands = (address, rng.randrange(256)) if verb in _WRITES else (address,)
            steps += [Command(verb, operands), Command("clock_step", (rng.randrange(1, 10**7),))]
        for place in (100, 60, 20):
            steps.insert(place, CYCLE)
        yield Trace(tuple(steps))


def shown(guest, trace):
    """Return all that a replay shows: states, answers and lines of each of its cycles."""
    guest.restart()
    return hashlib.sha256(repr(tuple(run_trace(guest, trace))).encode()).hexdigest()


def replays(times):
    """Return what each trace shows, each time it is replayed."""
    with ModelGuest("pc", build_faulty_pc) as guest:
        return [[shown(guest, trace) for _ in range(times)] for trace in traces(guest)]


@cache
def digest():
    """Return a digest of a replay of each trace, and of the case that a hunt writes."""
    finding, cycles = first_finding(build_faulty_pc, "pic1")
    case = msgspec.json.encode(case_from_finding(finding))
    return hashlib.sha256(repr((replays(1), cycles, case)).encode()).hexdigest()


def test_a_thousand_replays_are_alike():
    found = replays(TIMES)
    assert sum(map(len, found)) == 1000
    # Each trace shows something else, and always the same.
    assert len({one for times in found for one in times}) == TRACES
    assert all(len(set(times)) == 1 for times in found)


@pytest.mark.parametrize("seed", ["0", "1", "4294967295"])
def test_they_are_alike_in_another_process_with_another_hash_seed(seed):
    told = subprocess.run(
        [sys.executable, "-c", "from tests.laws.test_replays import digest; print(digest())"],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.stdout.strip() == digest(), told.stderr
