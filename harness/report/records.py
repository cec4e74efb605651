"""Records: job results as plain data, so that they can cross processes and be written.

The only place that knows how a result looks as JSON.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from harness.corpus.case import Case, case_from_finding
from harness.exercise import FieldKey
from harness.job import JobResult, Verdict


class FindingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A finding: the case that keeps it, the jobs that met it, and its reproducer."""

    case: Case
    jobs: tuple[str, ...]
    reproducer: str = ""


class JobRecord(msgspec.Struct, kw_only=True):
    """What came of one job; the fields are those of :class:`~harness.job.JobResult`."""

    job: str
    guest: str
    version: str
    device: str
    verdict: Verdict
    why: str = ""
    cycles: int = 0
    traces: int = 0
    seconds: float = 0.0
    cut: bool = False
    touched: tuple[tuple[str, str], ...] = ()
    findings: tuple[FindingRecord, ...] = ()
    followed: dict[str, float] = {}
    known: dict[str, int] = {}
    nondeterministic: dict[str, int] = {}
    unreliable: dict[str, int] = {}
    unfollowed: dict[str, int] = {}
    discarded: dict[str, int] = {}
    works: tuple[str, ...] = ()
    fields: tuple[FieldKey, ...] = ()
    promised: tuple[FieldKey, ...] = ()
    moved: tuple[FieldKey, ...] = ()


def record_of(result: JobResult, reproducers: dict[str, str]) -> JobRecord:
    """Return *result* as plain data; *reproducers* are scripts by the finding's id."""
    # Sets and mappings are sorted, so that two runs alike are written alike.
    plain = msgspec.to_builtins(replace(result, findings=[]), order="deterministic")
    plain["seconds"] = round(result.seconds, 3)
    plain["followed"] = {name: round(took, 3) for name, took in plain["followed"].items()}
    plain["findings"] = [
        FindingRecord(
            case=case_from_finding(finding),
            jobs=finding.jobs,
            reproducer=reproducers.get(finding.id, ""),
        )
        for finding in result.findings
    ]
    return msgspec.convert(plain, JobRecord)


def to_json(record: JobRecord) -> str:
    """Return *record* as JSON text."""
    return msgspec.json.encode(record).decode()


def from_json(text: str) -> JobRecord:
    """Return the record that :func:`to_json` wrote.

    Raises:
        msgspec.ValidationError: *text* is no such record.
    """
    return msgspec.json.decode(text, type=JobRecord)
