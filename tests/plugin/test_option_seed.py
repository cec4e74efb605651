"""``--vmstate-seed``: what is drawn follows from it alone."""

from __future__ import annotations

import pytest

from tests.support.plugin_runs import without_times

REPORT = "--vmstate-report=report"
FEW = ("--vmstate-fuzz", "--vmstate-guest=model:pc", "--vmstate-device=isa-pit", REPORT)


def test_one_seed_gives_one_report(faulty):
    faulty.hunt("--vmstate-seed=3", "--vmstate-corpus=one", "--vmstate-report=report-one")
    faulty.hunt("--vmstate-seed=3", "--vmstate-corpus=two", "--vmstate-report=report-two")
    one, two = faulty.report("report-one"), faulty.report("report-two")
    assert one["findings"]
    assert without_times(one) == without_times(two)


def test_the_report_does_not_depend_on_being_run_by_ci(faulty, monkeypatch):
    # With CI set Hypothesis would choose settings of its own.
    monkeypatch.delenv("CI", raising=False)
    faulty.hunt("--vmstate-corpus=one", "--vmstate-report=report-one")
    monkeypatch.setenv("CI", "true")
    faulty.hunt("--vmstate-corpus=two", "--vmstate-report=report-two")
    one, two = faulty.report("report-one"), faulty.report("report-two")
    assert one["findings"]
    assert without_times(one) == without_times(two)


def test_another_seed_draws_other_traces(runs):
    seen = []
    for seed in (1, 2, 3):
        runs.pytest(*FEW, "--vmstate-budget=40cycles", f"--vmstate-seed={seed}")
        report = runs.report()
        assert report["seed"] == seed
        seen.append((report["cycles"], report["jobs"][0]["traces"]))
    assert len(set(seen)) > 1


def test_with_another_seed_what_was_found_is_counted_as_known(faulty):
    assert faulty.hunt("--vmstate-seed=0").ret == pytest.ExitCode.TESTS_FAILED
    (case_id,) = faulty.cases()
    result = faulty.hunt("--vmstate-seed=5", "--vmstate-budget=40cycles", REPORT)
    assert result.ret == pytest.ExitCode.OK
    report = faulty.report()
    assert report["findings"] == []
    assert list(report["known"]) == [case_id]
    assert report["known"][case_id] > 0
    assert f"known  {case_id} ({report['known'][case_id]} times)" in result.outlines
    assert faulty.cases() == [case_id]


def test_it_is_shown_at_the_start_and_at_the_end(runs):
    result = runs.pytest(*FEW, "--vmstate-budget=1cycles", "--vmstate-seed=0x1f")
    result.stdout.fnmatch_lines(["vmstate: guests model:pc; seed 31, budget 1cycles, *"])
    result.stdout.fnmatch_lines(["* 0 new findings, 0 known; seed 31"])


def test_the_ini_twin_does_the_same_and_the_option_wins(runs):
    runs.ini(seed="12")
    runs.pytest(*FEW, "--vmstate-budget=1cycles")
    assert runs.report()["seed"] == 12
    runs.pytest(*FEW, "--vmstate-budget=1cycles", "--vmstate-seed=13")
    assert runs.report()["seed"] == 13


@pytest.mark.parametrize("text", ["random", "-1", "1.5", ""])
def test_a_seed_that_is_none_is_refused(runs, text):
    result = runs.pytest(*FEW, f"--vmstate-seed={text}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [
        f"ERROR: --vmstate-seed {text!r} is no seed",
        "  give a whole number of 0 or more",
    ]
