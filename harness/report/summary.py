"""The summary: what a campaign came to, in a few lines; and the progress line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from harness.job import JobResult
from harness.oracles import USUAL_ORACLES
from harness.proof import MOST_RUNS
from harness.report.model import CampaignReport, DeviceRow
from harness.report.records import JobRecord

#: How many untested devices are listed by name.
_LISTED = 40
#: How many reasons are told that several devices share.
_REASONS = 5


def progress_line(done: Sequence[JobRecord], running: JobResult, seconds: float, jobs: int) -> str:
    """Return one line on a campaign that is under way."""
    cycles = sum(record.cycles for record in done) + running.cycles
    touched = {place for record in done for place in record.touched} | running.touched
    findings = {finding.case.id for record in done for finding in record.findings}
    findings |= {finding.id for finding in running.findings}
    rate = cycles / seconds if seconds > 0 else 0.0
    return (
        f"vmstate: {len(done)}/{jobs} jobs, {cycles} cycles, {rate:.0f} cycles/s, "
        f"{len(touched)} devices touched, {len(findings)} findings; {running.job}"
    )


def summary_lines(report: CampaignReport, path: Path | None) -> list[str]:
    """Return what came of a campaign."""
    lines = [f"{row.outcome:<11} {row.case}" for row in report.replays]
    if report.jobs:
        lines += _campaign_lines(report)
    lines += [f"{name}: {why}" for name, why in report.missing.items()]
    if path is not None:
        lines.append(f"report: {path}")
    return lines


def _listed(what: str, rows: Sequence[DeviceRow]) -> list[str]:
    if not rows:
        return []
    names = [
        f"{row.guest}::{row.device}" + (f" ({row.why})" if row.tested and row.why else "")
        for row in rows
    ]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return [f"{what} ({len(names)}): {', '.join(names[:_LISTED])}{more}"]


def _reasons(rows: Sequence[DeviceRow]) -> list[str]:
    """Return why *rows* were not tested, as far as several share a reason, the most common first.

    A machine that can't load its own state is the reason of all its devices.
    """
    counts = Counter(row.why for row in rows if row.why).most_common(_REASONS)
    return [f"  {number} because {why}" for why, number in counts if number > 1]


def _field_lines(report: CampaignReport) -> list[str]:
    """Return how far the devices were brought away from power-on, where that is known."""
    rows = [row for row in report.devices if row.tested and row.promised]
    promised, moved = sum(row.promised for row in rows), sum(row.moved for row in rows)
    if not promised:
        return []
    exercised = sum(row.is_exercised for row in rows)
    return [
        (
            f"{exercised} of {len(rows)} devices exercised; {moved} of {promised} fields that are "
            f"always sent ({moved / promised:.0%}) were away from power-on at a checkpoint"
        )
    ]


def _campaign_lines(report: CampaignReport) -> list[str]:
    touched = {place for job in report.jobs for place in job.touched}
    total = (
        f"{report.cycles} cycles in {report.seconds:.1f} s, {report.cycles_per_second:g} cycles/s, "
        f"{len(touched)} devices touched, {len(report.findings)} new findings, "
        f"{len(report.known)} known; seed {report.seed}"
    )
    lines = [total, *_field_lines(report)]
    if report.oracles != USUAL_ORACLES:
        lines.append(
            f"only asked: {', '.join(report.oracles)}; what the others see was not looked for"
        )
    lines += [f"NEW    {finding.case.id}: {finding.case.title}" for finding in report.findings]
    lines += [f"known  {case_id} ({hits} times)" for case_id, hits in report.known.items()]
    for job in report.jobs:
        lines += [
            f"unreliable  {job.job}: {what} ({hits} of {MOST_RUNS} runs)"
            for what, hits in job.unreliable.items()
        ]
        lines += [
            f"not followed up for want of time  {job.job}: {what} ({times} times)"
            for what, times in job.unfollowed.items()
        ]
        lines += [
            f"nondeterministic  {job.job}: {what} ({times} times)"
            for what, times in job.nondeterministic.items()
        ]
    still = [row for row in report.devices if row.tested and row.promised and not row.is_exercised]
    lines += _listed("NOT EXERCISED", still)
    untested = [row for row in report.devices if not row.tested]
    lines += [*_listed("NOT TESTED", untested), *_reasons(untested)]
    if report.cut:
        lines.append("the clock stopped some jobs early: counts depend on this machine's speed")
    return lines
