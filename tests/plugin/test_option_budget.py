"""``--vmstate-budget``: how long a campaign goes on."""

from __future__ import annotations

import pytest

REMEDY = "  give a time such as 30s, 10m or 8h, or a count such as 100000cycles"
MODEL = ("--vmstate-fuzz", "--vmstate-guest=model:pc", "--vmstate-device=isa-pit")
REPORT = "--vmstate-report=report"


def test_a_count_of_cycles_is_spent_and_little_more(runs):
    result = runs.pytest(*MODEL, REPORT, "--vmstate-budget=30cycles")
    assert result.ret == pytest.ExitCode.OK
    report = runs.report()
    assert report["budget"] == "30cycles"
    # A trace that has begun is brought to its end.
    assert 30 <= report["cycles"] < 40
    assert report["cut"] is False


def test_the_cycles_are_shared_among_the_jobs_of_a_guest(runs):
    runs.pytest("--vmstate-fuzz", "--vmstate-guest=model:pc", REPORT, "--vmstate-budget=80cycles")
    cycles = {job["device"]: job["cycles"] for job in runs.report()["jobs"]}
    assert cycles.pop("timer") == 0
    assert len(cycles) == 8
    assert all(10 <= count < 20 for count in cycles.values())


def test_a_time_that_is_over_cuts_the_jobs_and_the_report_says_so(runs):
    result = runs.pytest(*MODEL, REPORT, "--vmstate-budget=0.001s", "-rs")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * NOT TESTED: the budget was spent before its turn"])
    assert (
        "the clock stopped some jobs early: counts depend on this machine's speed"
        in result.outlines
    )
    report = runs.report()
    assert report["cut"] is True
    assert report["devices"][0]["tested"] is False


def test_a_device_that_the_clock_left_out_is_reported_with_the_reason(runs):
    runs.pytest(*MODEL, REPORT, "--vmstate-budget=0.001s")
    (row,) = runs.report()["devices"]
    assert row["why"] == "the budget was spent before its turn"


def test_the_ini_twin_does_the_same_and_the_option_wins(runs):
    runs.ini(budget="3cycles")
    runs.pytest(*MODEL, REPORT)
    assert runs.report()["budget"] == "3cycles"
    runs.pytest(*MODEL, REPORT, "--vmstate-budget=5cycles")
    assert runs.report()["budget"] == "5cycles"


@pytest.mark.parametrize("text", ["soon", "10", "5 days", "-3s", "1e3s"])
def test_nonsense_is_refused(runs, text):
    result = runs.pytest(*MODEL, f"--vmstate-budget={text}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [f"ERROR: --vmstate-budget {text!r} is no budget", REMEDY]


@pytest.mark.parametrize("text", ["0s", "0.0h", "0cycles"])
def test_nothing_is_refused(runs, text):
    result = runs.pytest(*MODEL, f"--vmstate-budget={text}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [
        f"ERROR: --vmstate-budget {text!r} leaves no time at all",
        REMEDY,
    ]


def test_nonsense_in_the_ini_file_is_refused(runs):
    runs.ini(budget="soon")
    result = runs.pytest(*MODEL)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[0] == "ERROR: --vmstate-budget 'soon' is no budget"
