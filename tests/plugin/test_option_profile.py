"""``--vmstate-profile``: how thorough a campaign is."""

from __future__ import annotations

import pytest

from harness.profiles import PROFILES
from tests.support.plugin_runs import said

LIST = ("--vmstate-fuzz", "--vmstate-guest=model:pc", "--collect-only")


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_it_stands_for_a_budget(runs, name):
    result = runs.pytest(*LIST, f"--vmstate-profile={name}")
    result.stdout.fnmatch_lines([f"vmstate: *, budget {PROFILES[name].budget}, profile {name}, *"])


def test_without_it_the_profile_is_quick(runs):
    runs.pytest(*LIST).stdout.fnmatch_lines(["vmstate: *, budget 30s, profile quick, *"])


def test_a_budget_that_is_given_wins_over_that_of_the_profile(runs):
    result = runs.pytest(*LIST, "--vmstate-profile=nightly", "--vmstate-budget=7s")
    result.stdout.fnmatch_lines(["vmstate: *, budget 7s, profile nightly, *"])


def test_it_stands_for_a_number_of_confirmations(faulty):
    faulty.hunt("--vmstate-profile=ci", "--vmstate-report=report")
    report = faulty.report()
    assert report["profile"] == "ci"
    assert report["findings"][0]["case"]["runs"] == PROFILES["ci"].confirmations == 5


def test_the_ini_twin_does_the_same_and_the_option_wins(runs):
    runs.ini(profile="ci")
    runs.pytest(*LIST).stdout.fnmatch_lines(["vmstate: *, profile ci, *"])
    result = runs.pytest(*LIST, "--vmstate-profile=quick")
    result.stdout.fnmatch_lines(["vmstate: *, profile quick, *"])


def test_a_profile_that_is_none_is_refused_with_those_that_there_are(runs):
    result = runs.pytest(*LIST, "--vmstate-profile=lazy")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = said(result)
    assert "argument --vmstate-profile: invalid choice: 'lazy'" in text
    assert all(name in text for name in PROFILES)


def test_a_profile_that_is_none_is_refused_in_the_ini_file_too(runs):
    runs.ini(profile="lazy")
    result = runs.pytest(*LIST)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [
        "ERROR: vmstate_profile 'lazy' is no profile",
        "  use one of quick, ci, nightly",
    ]
