"""A run that does not ask for us is as it was: same items, same time, nothing written."""

from __future__ import annotations

import pytest

from tests.support.plugin_runs import said

#: What costs time to import and only a campaign needs.
HEAVY = (
    "device_models",
    "harness.session",
    "harness.campaign",
    "harness.qemu",
    "hypothesis.strategies",
    "qemu.qmp",
    "msgspec",
    "deepdiff",
    "asyncio",
)
TEST = f"""
import sys

def test_nothing_heavy_is_imported():
    assert [name for name in {HEAVY!r} if name in sys.modules] == []

def test_other():
    assert 1 + 1 == 2
"""


def test_no_heavy_module_is_imported_and_no_item_is_added(runs, pytester):
    pytester.makepyfile(test_mine=TEST)
    result = runs.pytest_alone()
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=2)


def test_nothing_is_said_and_nothing_is_written(runs, pytester):
    pytester.makepyfile(test_mine="def test_mine(): pass")
    before = set(runs.folder.iterdir())
    text = said(runs.pytest())
    # pytest itself lists the plugins that are installed.
    lines = [line for line in text.splitlines() if not line.startswith("plugins: ")]
    assert not any("vmstate" in line for line in lines if "rootdir" not in line)
    assert {path.name for path in set(runs.folder.iterdir()) - before} <= {"__pycache__"}


@pytest.mark.parametrize("bad", ["budget", "seed"])
def test_other_options_alone_do_not_start_a_campaign_but_are_checked(runs, pytester, bad):
    pytester.makepyfile("def test_mine(): pass")
    runs.pytest("--vmstate-seed=3", "--vmstate-guest=model:none").assert_outcomes(passed=1)
    assert runs.pytest(f"--vmstate-{bad}=soon").ret == pytest.ExitCode.USAGE_ERROR


def test_the_help_lists_the_ten_options_and_their_ini_twins(runs):
    text = runs.pytest("--help").stdout.str()
    for name in (
        "fuzz guest qemu device budget profile seed corpus replay report".split()  # noqa: SIM905 (short)
    ):
        assert f"  --vmstate-{name}" in text
        assert f"  vmstate_{name} (" in text


def test_an_option_that_is_none_of_ours_is_refused(runs):
    result = runs.pytest("--vmstate-fuzz", "--vmstate-frobnicate=1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "unrecognized arguments: --vmstate-frobnicate=1" in said(result)
