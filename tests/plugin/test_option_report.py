"""``--vmstate-report``: the schema of ``report.json`` and what stands in it."""

from __future__ import annotations

import json

import pytest

from tests.support import faulty_pc
from tests.support.plugin_runs import TWO, said

REPORT = "--vmstate-report=report"
KEYS = {
    "report": (
        "schema schema_version tool profile seed budget guests missing jobs devices findings "
        "replays known cycles seconds cycles_per_second cut oracles"
    ),
    "job": (
        "job guest version device verdict why cycles traces seconds cut touched findings "
        "followed known "
        "nondeterministic unreliable unfollowed discarded works fields promised moved"
    ),
    "device": "guest device tested why cycles drivers promised moved others",
    "finding": "case jobs reproducer",
    "case": (
        "format version id title guest reload_mode oracle kind class fails found_with trace "
        "actions command expected seen hits runs is_minimal culprit seen_at"
    ),
    "replay": "case outcome why",
}


_FOUND = {}


@pytest.fixture
def report(faulty):
    """The report of one hunt that found the planted bug, the same for all who look at it."""
    if not _FOUND:
        faulty.hunt(*TWO, REPORT)
        _FOUND.update(faulty.report())
    return _FOUND


def test_it_has_all_keys_and_no_other(report):
    assert list(report) == KEYS["report"].split()
    assert all(list(job) == KEYS["job"].split() for job in report["jobs"])
    assert all(list(row) == KEYS["device"].split() for row in report["devices"])
    (finding,) = report["findings"]
    assert list(finding) == KEYS["finding"].split()
    # What has its default value is left out of a case.
    assert list(finding["case"]) == KEYS["case"].split()


def test_a_replayed_case_has_all_keys_and_no_other(faulty):
    faulty.case()
    faulty.pytest("--vmstate-replay", REPORT)
    (row,) = faulty.report()["replays"]
    assert list(row) == KEYS["replay"].split()


def test_it_says_what_it_is_and_how_it_came_about(report):
    assert (report["schema"], report["schema_version"]) == ("vmstate-report", 1)
    assert report["tool"] == "pytest-vmstate 0.1.0"
    assert (report["profile"], report["seed"], report["budget"]) == ("quick", 0, "40cycles")
    assert report["guests"] == {"model:pc": "pytest-vmstate 0.1.0"}
    assert report["missing"] == {}


def test_its_sums_are_those_of_its_jobs(report):
    assert report["cycles"] == sum(job["cycles"] for job in report["jobs"]) >= 40
    assert report["seconds"] > 0
    assert report["cycles_per_second"] == pytest.approx(
        report["cycles"] / report["seconds"], rel=0.01, abs=0.1
    )
    assert report["cut"] is False


def test_it_has_one_job_and_one_device_for_each_sorted_by_name(report):
    assert [job["job"] for job in report["jobs"]] == [
        "model:pc::isa-i8259[0]",
        "model:pc::isa-pit",
    ]
    assert [job["verdict"] for job in report["jobs"]] == ["found", "passed"]
    assert [(row["device"], row["tested"]) for row in report["devices"]] == [
        ("isa-i8259[0]", True),
        ("isa-pit", True),
    ]
    assert ["isa-i8259", "/machine/pic1"] in report["jobs"][0]["touched"]


def test_a_finding_names_device_section_field_register_and_both_values(report):
    (finding,) = report["findings"]
    case = finding["case"]
    assert finding["jobs"] == ["model:pc::isa-i8259[0]"]
    assert finding["reproducer"] == ""
    assert case["culprit"] == {
        "type": "isa-i8259",
        "path": faulty_pc.OWNER,
        "section": faulty_pc.SECTION,
        "fields": [faulty_pc.FIELD],
        "described": False,
        "region": "pic",
        "offset": 1,
        "bits": "0x1",
    }
    assert (case["command"], case["expected"], case["seen"]) == ("inb 0x21", "0x01", "0x00")
    assert (case["hits"], case["runs"]) == (3, 3)
    assert case["trace"] == faulty_pc.TRACE


def test_a_device_that_is_not_tested_says_why(runs):
    runs.pytest("--vmstate-fuzz", "--vmstate-guest=model:pc", "--vmstate-device=timer", REPORT)
    assert runs.report()["devices"] == [
        {
            "guest": "model:pc",
            "device": "timer",
            "tested": False,
            "why": "none of its state is behind a register that qtest reaches",
            "cycles": 0,
            "drivers": [],
            "promised": 0,
            "moved": 0,
            "others": 0,
        }
    ]


def test_it_is_json_that_people_can_read(faulty):
    faulty.hunt(REPORT)
    text = (faulty.folder / "report" / "report.json").read_text()
    assert text.endswith("}\n")
    assert text.count("\n") > 50
    assert json.loads(text) == faulty.report()


def test_its_place_is_told_at_the_end(runs):
    result = runs.hunt(REPORT)
    assert f"report: {runs.folder}/report/report.json" in result.outlines


def test_without_it_no_report_is_written(runs):
    assert "report: " not in said(runs.hunt())
    assert list(runs.folder.glob("**/report.json")) == []


def test_the_ini_twin_is_relative_to_the_root_folder_and_the_option_wins(runs):
    runs.ini(report="out/reports")
    runs.hunt()
    assert runs.report("out/reports")["cycles"] >= 20
    runs.hunt("--vmstate-report=other")
    assert runs.report("other")["cycles"] >= 20


def test_nothing_else_is_left_in_the_folder(runs):
    runs.hunt(REPORT)
    assert [path.name for path in (runs.folder / "report").iterdir()] == ["report.json"]


def test_a_folder_that_cannot_be_written_is_refused_before_the_hunt(runs):
    (runs.folder / "file").write_text("")
    result = runs.hunt("--vmstate-report=file/report")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[0].startswith(f"ERROR: can't write {runs.folder}/file/report/")
    assert result.stderr.lines[0].endswith(": Not a directory")
    assert result.stderr.lines[1] == (
        "  name a folder that can be written (--vmstate-corpus, --vmstate-report)"
    )


def test_a_report_that_cannot_be_written_at_the_end_is_told(runs, pytester):
    pytester.makeconftest(
        "import pytest, shutil\n"
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_sessionfinish(session):\n"
        "    folder = session.config.rootpath / 'report'\n"
        "    shutil.rmtree(folder, ignore_errors=True)\n"
        "    folder.write_text('')\n"
    )
    result = runs.hunt(REPORT)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: can't write {runs.folder}/report/report.json: " in said(result)
