"""The summary and the progress line."""

from pathlib import Path

from harness.corpus import case_from_finding
from harness.job import JobResult
from harness.report import build_report
from harness.report.model import Heading, ReplayRow
from harness.report.records import FindingRecord, JobRecord
from harness.report.summary import progress_line, summary_lines
from tests.support.findings import make_finding

FOUND = FindingRecord(case=case_from_finding(make_finding()), jobs=("g::a",))


def record(device, **changes):
    values = {
        "job": f"g::{device}",
        "guest": "g",
        "version": "v",
        "device": device,
        "verdict": "passed",
        "cycles": 10,
        "touched": (("t", f"/{device}"),),
    }
    return JobRecord(**(values | changes))


def summary(*records, replays=(), missing=None, path=None):
    heading = Heading(tool="t", profile="quick", seed=3, budget="30s", missing=missing or {})
    return summary_lines(build_report(heading, records, replays, 2.0), path)


def running(**changes):
    values = {"job": "g::b", "guest": "g", "version": "v", "device": "b", "cycles": 30}
    return JobResult(**(values | changes))


def test_progress_is_told_on_one_line():
    line = progress_line([record("a", findings=(FOUND,))], running(), 2.0, 5)
    assert line == (
        "vmstate: 1/5 jobs, 40 cycles, 20 cycles/s, 1 devices touched, 1 findings; g::b"
    )


def test_progress_counts_each_finding_and_device_once():
    job = running(findings=[make_finding()], touched={("t", "/a"), ("t", "/c")})
    line = progress_line([record("a", findings=(FOUND,))], job, 0.0, 5)
    assert "0 cycles/s, 2 devices touched, 1 findings" in line


def test_without_a_campaign_there_is_only_what_was_replayed():
    replays = [ReplayRow(case="x", outcome="STILL FAILS", why="w")]
    assert summary(replays=replays) == ["STILL FAILS x"]


def test_a_campaign_is_told_in_one_line():
    lines = summary(record("a"), record("b"))
    assert lines == [
        "20 cycles in 2.0 s, 10 cycles/s, 2 devices touched, 0 new findings, 0 known; seed 3"
    ]


def test_new_and_known_cases_are_listed():
    lines = summary(record("a", findings=(FOUND,), known={"old": 4}))
    assert f"NEW    {FOUND.case.id}: i8257 loses dma-cont+0x0 bits 0xf0" in lines
    assert "known  old (4 times)" in lines


def test_what_is_not_trusted_is_listed():
    lines = summary(record("a", unreliable={"pin": 1}, nondeterministic={"inb 0x1": 7}))
    assert "unreliable  g::a: pin (1 of 10 runs)" in lines
    assert "nondeterministic  g::a: inb 0x1 (7 times)" in lines


def test_what_was_not_tested_is_listed_up_to_a_point():
    few = [record(f"d{n:02}", cycles=0, verdict="not tested", why="w") for n in range(2)]
    assert "NOT TESTED (2): g::d00, g::d01" in summary(*few)
    many = [record(f"d{n:02}", cycles=0, verdict="not tested", why="w") for n in range(45)]
    (line,) = [line for line in summary(*many) if line.startswith("NOT TESTED")]
    assert line.startswith("NOT TESTED (45): g::d00, ")
    assert line.endswith("g::d39 and 5 more")


def test_a_reason_that_several_share_is_told_the_most_common_first():
    """That a machine dies of its own state stands once for all of its devices."""
    whys = ["no register", "it dies", "it dies", "no register", "it dies", "of its own"]
    rows = [record(f"d{n}", cycles=0, verdict="not tested", why=w) for n, w in enumerate(whys)]
    lines = summary(*rows)
    at = next(n for n, line in enumerate(lines) if line.startswith("NOT TESTED"))
    assert lines[at + 1 :] == ["  3 because it dies", "  2 because no register"]


def test_a_cut_is_told():
    assert any("clock stopped some jobs early" in line for line in summary(record("a", cut=True)))


def test_missing_guests_and_the_report_come_last():
    lines = summary(record("a"), missing={"qemu": "install it"}, path=Path("r/report.json"))
    assert lines[-2:] == ["qemu: install it", "report: r/report.json"]


FIELDS = tuple(("s", 0, name) for name in ("a", "b[]", "c", "d"))


def test_how_far_devices_were_brought_from_power_on_is_told():
    lines = summary(
        record("x", promised=FIELDS, moved=(("s", 0, "b[]"), ("s", 0, "sub.e"))),
        record("y", promised=FIELDS),
        record("z"),
    )
    assert lines[1] == (
        "1 of 2 devices exercised; 1 of 8 fields that are always sent (12%) were away from "
        "power-on at a checkpoint"
    )
    assert lines[2] == "NOT EXERCISED (1): g::y"


def test_why_nothing_could_move_is_told():
    lines = summary(
        record("usb-host", promised=FIELDS),
        record("vmclock", promised=FIELDS, moved=(("s", 0, "a"),)),
        record("usb-redir", promised=FIELDS, cycles=0, verdict="not tested", why="w"),
    )
    assert lines[2:] == [
        "NOT EXERCISED (1): g::usb-host (it needs a USB device of the host)",
        "NOT TESTED (1): g::usb-redir",
    ]


def test_a_device_that_was_not_tested_is_not_counted_as_not_exercised():
    lines = summary(record("y", promised=FIELDS, cycles=0, verdict="not tested", why="w"))
    assert lines[1:] == ["NOT TESTED (1): g::y"]


def test_what_was_not_followed_up_is_listed():
    lines = summary(record("a", unfollowed={"future a regs": 3}))
    assert "not followed up for want of time  g::a: future a regs (3 times)" in lines
