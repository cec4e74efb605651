"""The cases of the corpus on the binary at hand: each fails, passes or is out of reach as it says.

By default a sample, chosen by name so that it is the same one every time; all of them with

    pytest tests/qemu/test_corpus.py --hypothesis-profile=thorough -n2
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from harness.corpus import Case, Outcome, load_cases, replay
from harness.guests.factory import spec_of_case
from harness.qemu.binaries import Binary, find_one

pytestmark = pytest.mark.qemu

CASES = load_cases(Path(__file__).parents[2] / "corpus")
#: How many are replayed where nobody asked for more, and how many run by themselves.
SAMPLE, ALONE = 24, 3
BY_HASH = sorted(CASES, key=lambda path: hashlib.sha256(path.stem.encode()).digest())


def is_thorough() -> bool:
    return settings.get_current_profile_name() == "thorough"


@cache
def binary() -> Binary:
    return find_one()


@cache
def machines() -> frozenset[str]:
    told = subprocess.run(
        [binary().path, "-machine", "help"], capture_output=True, text=True, check=True, timeout=60
    )
    return frozenset(re.findall(r"^(\S+) ", told.stdout, re.MULTILINE))


def version() -> str:
    return "QEMU " + ".".join(map(str, binary().version))


def is_at_hand(case: Case) -> bool:
    """Say whether the binary has the machine, and is one for which the case should fail."""
    machine = case.guest.partition(":")[2].partition(",")[0]
    is_pair_here = case.loaded_by in ("", version())
    return machine in machines() and case.expects_failure(version()) and is_pair_here


def at_hand() -> list[Path]:
    return [path for path in BY_HASH if is_at_hand(CASES[path])]


def test_cases_that_should_fail_here_still_fail_as_they_say():
    chosen = at_hand() if is_thorough() else at_hand()[:SAMPLE]
    assert chosen
    told = {}
    for path in chosen:
        with spec_of_case(CASES[path], (binary().path,)).make() as guest:
            told[path.stem] = replay(CASES[path], guest)
    wrong = {name: told for name, told in told.items() if told.outcome is not Outcome.STILL_FAILS}
    assert not wrong


@pytest.mark.parametrize("index", range(ALONE))
def test_a_reproducer_shows_its_case_with_nothing_of_ours(index):
    # Crashes end the script's QEMU, and are told by the other exit status.
    path = [path for path in at_hand() if CASES[path].oracle == "future"][index]
    done = subprocess.run(
        [sys.executable, "-I", path.with_suffix(".py"), binary().path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
