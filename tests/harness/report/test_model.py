"""The report: the same whoever was done first."""

import json
from itertools import permutations

import msgspec
import pytest

from harness.corpus import case_from_finding
from harness.corpus.case import CasePlace
from harness.report import SCHEMA_VERSION, build_report
from harness.report.model import Heading, ReplayRow, encode_report, merge_findings
from harness.report.records import FindingRecord, JobRecord
from tests.support.findings import make_finding

HEADING = Heading(
    tool="pytest-vmstate 0.1.0", profile="quick", seed=3, budget="30s", missing={"qemu": "why"}
)
FOUND = FindingRecord(case=case_from_finding(make_finding()), jobs=("g::a",), reproducer="first")


def record(device, **changes):
    values = {
        "job": f"g::{device}",
        "guest": "g",
        "version": "QEMU 7.2.22",
        "device": device,
        "verdict": "passed",
        "cycles": 10,
    }
    return JobRecord(**(values | changes))


def again(job, place):
    """The same finding, met by another job at another place."""
    case = msgspec.structs.replace(FOUND.case, seen_at=(*FOUND.case.seen_at, place))
    return FindingRecord(case=case, jobs=(job,), reproducer=f"by {job}")


RECORDS = [
    record("c", findings=(again("g::c", CasePlace(line="c")),), known={"x": 2}),
    record("a", findings=(FOUND,), known={"x": 1, FOUND.case.id: 5}),
    record("b", verdict="not tested", why="no register", cycles=0, version=""),
]


def report_of(records=RECORDS, replays=(), seconds=2.0):
    return build_report(HEADING, records, replays, seconds)


def test_the_heading_is_carried_over():
    report = report_of()
    assert (report.schema, report.schema_version) == ("vmstate-report", SCHEMA_VERSION)
    assert (report.tool, report.profile, report.seed) == ("pytest-vmstate 0.1.0", "quick", 3)
    assert (report.budget, report.missing) == ("30s", {"qemu": "why"})
    assert report.guests == {"g": "QEMU 7.2.22"}


def test_the_order_of_the_records_is_no_matter():
    reports = {encode_report(report_of(order)) for order in permutations(RECORDS)}
    assert len(reports) == 1


def test_cycles_add_up():
    report = report_of()
    assert report.cycles == 20
    assert (report.seconds, report.cycles_per_second) == (2.0, 10.0)
    assert report_of(seconds=0.0).cycles_per_second == 0.0


def test_every_device_has_a_row():
    rows = [(row.device, row.tested, row.why, row.cycles) for row in report_of().devices]
    assert rows == [("a", True, "", 10), ("b", False, "no register", 0), ("c", True, "", 10)]


def test_a_finding_of_several_jobs_stands_once_with_all_places():
    (finding,) = report_of().findings
    assert finding.jobs == ("g::a", "g::c")
    assert finding.reproducer == "first"
    assert finding.case.seen_at == (*FOUND.case.seen_at, CasePlace(line="c"))
    assert all(job.findings == () for job in report_of().jobs)


def test_of_duplicates_that_of_the_first_job_by_name_is_kept():
    for order in permutations(RECORDS):
        assert merge_findings(order)[0].reproducer == "first"


def test_known_cases_add_up_and_new_ones_are_not_among_them():
    assert report_of().known == {"x": 3}


def test_replays_are_sorted_by_case():
    rows = [ReplayRow(case=name, outcome="FIXED", why="") for name in ("b", "a")]
    assert [row.case for row in report_of(replays=rows).replays] == ["a", "b"]


def test_a_job_that_was_cut_cuts_the_campaign():
    assert not report_of().cut
    assert report_of([*RECORDS, record("d", cut=True)]).cut


def test_nothing_gives_an_empty_report():
    report = report_of([])
    assert (report.jobs, report.findings, report.cycles) == ((), (), 0)


def test_the_text_is_json_with_a_newline_at_its_end():
    text = encode_report(report_of())
    assert text.endswith("}\n")
    data = json.loads(text)
    assert list(data)[:2] == ["schema", "schema_version"]
    assert data["findings"][0]["case"]["id"] == FOUND.case.id


def test_a_device_has_its_fields_counted_whether_arrays_are_marked_or_not():
    promised = tuple(("s", 0, name) for name in ("regs", "mode", "never"))
    moved = (("s", 0, "regs[]"), ("s", 0, "mode"), ("s", 0, "<s/sub>.x"))
    (row,) = report_of([record("a", promised=promised, moved=moved, works=("nvme",))]).devices
    assert (row.promised, row.moved, row.others) == (3, 2, 1)
    assert row.drivers == ("nvme",)
    assert row.is_exercised


@pytest.mark.parametrize("device", ["ati-vga", "pxb-cxl", "pxb-pcie"])
def test_a_device_whose_monitor_or_bus_alone_is_described_does_not_count(device):
    fields = (("i2c_bus", 0, "saved_address"),)
    (row,) = report_of([record(device, promised=fields, moved=fields)]).devices
    assert row.tested
    assert (row.promised, row.moved, row.others, row.why) == (0, 0, 0, "")
    assert not row.is_exercised


def test_a_device_that_was_not_reached_says_why():
    said = "none of its registers can be reached safely"
    (row,) = report_of([record("ramfb", cycles=0, why=said)]).devices
    assert row.why.startswith(f"{said}: it has none")


def test_a_device_none_of_whose_fields_moved_is_not_exercised():
    (row,) = report_of([record("a", promised=(("s", 0, "regs"),))]).devices
    assert row.tested
    assert not row.is_exercised
