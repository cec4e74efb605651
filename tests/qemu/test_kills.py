"""Whatever is killed, and whenever: no process, no folder, and a corpus that can be read.

A short run by default; `--hypothesis-profile=thorough` makes it 500 kills.
"""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.support.killing import WEIGHTS, kill_at_random

pytestmark = pytest.mark.qemu

SEED = 7
CAMPAIGN = (
    "--vmstate-fuzz",
    # It has a bug that is found at once, so that cases are written.
    "--vmstate-guest=model:pc",
    "--vmstate-guest=qemu:pc",
    "--vmstate-budget=400cycles",
    "--vmstate-report=report",
    "-n2",
    # A worker that was killed is replaced, however many there were before it.
    "--max-worker-restart=1000",
)


def test_random_kills_leave_nothing_and_harm_nothing(runs):
    kills = 500 if settings.get_current_profile_name() == "thorough" else 12
    runs.plant()
    tally = kill_at_random(runs.folder, kills, SEED, CAMPAIGN)
    assert (tally.processes, tally.folders, tally.strays) == ([], [], [])
    assert tally.killed.total() == kills
    assert set(tally.killed) == set(WEIGHTS)
    assert tally.cases > 0
