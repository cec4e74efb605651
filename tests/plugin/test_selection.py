"""Jobs and cases are items: they are listed, selected and stopped as any test is."""

from __future__ import annotations

import pytest

from tests.support.plugin_runs import TWO


def test_collect_only_lists_the_jobs_and_writes_nothing(faulty):
    result = faulty.hunt(*TWO, "--collect-only", "-q", "--vmstate-report=report")
    assert result.ret == pytest.ExitCode.OK
    items = [line for line in result.outlines if line.startswith("vmstate::")]
    assert items == ["vmstate::model:pc::isa-i8259[0]", "vmstate::model:pc::isa-pit"]
    assert faulty.cases() == []
    assert list(faulty.folder.glob("report/*")) == []


def test_k_selects_jobs_by_name(faulty):
    result = faulty.hunt(*TWO, "-k", "isa-pit", "--vmstate-report=report")
    result.assert_outcomes(passed=1, deselected=1)
    assert [job["device"] for job in faulty.report()["jobs"]] == ["isa-pit"]


def test_k_selects_cases_by_name(faulty):
    faulty.case()
    faulty.case(id="other")
    faulty.pytest("--vmstate-replay", "-k", "imr").assert_outcomes(xfailed=1, deselected=1)


def test_deselect_leaves_a_job_out(faulty):
    result = faulty.hunt(
        *TWO, "--deselect=vmstate::model:pc::isa-i8259[[]0]", "--collect-only", "-q"
    )
    assert "vmstate::model:pc::isa-pit" in result.outlines


def test_x_stops_at_the_first_finding(faulty):
    faulty.hunt(*TWO, "-x", "--vmstate-report=report").assert_outcomes(failed=1)
    assert [job["verdict"] for job in faulty.report()["jobs"]] == ["found"]
    assert len(faulty.cases()) == 1


def test_a_job_that_is_left_out_does_not_change_what_the_others_draw(faulty):
    faulty.hunt(*TWO, "--vmstate-report=all", "--vmstate-corpus=one")
    faulty.hunt(*TWO, "-k", "isa-pit", "--vmstate-report=less", "--vmstate-corpus=two")
    (job,) = faulty.report("less")["jobs"]
    (same,) = [other for other in faulty.report("all")["jobs"] if other["job"] == job["job"]]
    assert {**job, "seconds": 0} == {**same, "seconds": 0}
