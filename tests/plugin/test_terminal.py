"""What a run shows: header, progress and summary."""

from __future__ import annotations

import re

import pytest

from tests.support.plugin_runs import HUNT

#: Makes a run believe that it writes to a terminal.
TERMINAL = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reporter.isatty = type(reporter.isatty)(True)
"""
PROGRESS = re.compile(
    r"vmstate: \d+/1 jobs, \d+ cycles, \d+ cycles/s, \d+ devices touched, \d+ findings; "
    r"model:pc::isa-i8259\[0\]"
)


def test_the_header_says_guests_seed_budget_profile_and_known_cases(runs):
    runs.case()
    result = runs.hunt("--vmstate-seed=4")
    assert (
        "vmstate: guests model:pc; seed 4, budget 20cycles, profile quick, 1 known cases"
        in result.outlines
    )


def test_on_a_terminal_progress_is_shown(runs, pytester):
    pytester.makeconftest(TERMINAL)
    assert PROGRESS.search(runs.hunt().stdout.str())


def test_elsewhere_it_is_not(runs):
    assert PROGRESS.search(runs.hunt().stdout.str()) is None


def test_without_a_terminal_reporter_nothing_is_missed(runs):
    result = runs.pytest(*HUNT, "-p", "no:terminal", "--vmstate-report=report")
    assert result.ret == pytest.ExitCode.OK
    assert runs.report()["cycles"] >= 20


def test_the_summary_tells_cycles_rate_devices_findings_and_seed(faulty):
    result = faulty.hunt("--vmstate-report=report")
    (case_id,) = faulty.cases()
    report = faulty.report()
    start = next(i for i, line in enumerate(result.outlines) if re.match("=+ vmstate =+", line))
    touched = {tuple(place) for job in report["jobs"] for place in job["touched"]}
    total = (
        f"{report['cycles']} cycles in {report['seconds']:.1f} s, "
        f"{report['cycles_per_second']:g} cycles/s, {len(touched)} devices touched, "
        "1 new findings, 0 known; seed 0"
    )
    assert [line for line in result.outlines[start + 1 :] if line][:3] == [
        total,
        f"NEW    {case_id}: isa-i8259 loses imr",
        f"report: {faulty.folder}/report/report.json",
    ]


def test_the_short_summary_of_pytest_names_the_job_and_the_loss(faulty):
    faulty.hunt("-ra").stdout.fnmatch_lines(
        ["FAILED vmstate::model:pc::isa-i8259[[]0] - isa-i8259 loses imr"]
    )
