"""The cases of the corpus on the binary at hand: each fails, passes or is out of reach as it says.

By default a sample, chosen by name so that it is the same one every time; all of them with

    pytest tests/qemu/test_corpus.py --hypothesis-profile=thorough -n2
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from harness.corpus import Case, Outcome, Replay, load_cases, replay, stand_alone
from harness.guests.factory import spec_of_case
from harness.qemu.binaries import Binary, find_one

pytestmark = pytest.mark.qemu

CASES = load_cases(Path(__file__).parents[2] / "corpus")
#: How many are replayed where nobody asked for more, and how many run by themselves.
SAMPLE, ALONE = 24, 6
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


def stood_alone(path: Path) -> Replay:
    return stand_alone(CASES[path], path.with_suffix(".py"), [binary().path], version())


def test_scripts_show_their_cases_with_nothing_of_ours():
    # A case between two releases wants both, and only one is at hand.
    chosen = [path for path in at_hand() if not CASES[path].loaded_by]
    chosen = chosen if is_thorough() else chosen[:ALONE]
    told = {path.stem: stood_alone(path) for path in chosen}
    wrong = {name: one for name, one in told.items() if one.outcome is not Outcome.STILL_FAILS}
    assert not wrong
    assert len(told) >= ALONE
