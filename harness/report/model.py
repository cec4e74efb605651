"""The report: ``report.json``, for machines.

Schema 1: the keys below.  ``seconds`` and ``cycles_per_second`` are the only values that
two runs with one seed may disagree about; everything is sorted by name, so that runs with
any number of workers write the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from harness.exercise import FieldKey
from harness.oracles import USUAL_ORACLES
from harness.report.idle import is_undescribed, why_idle, why_unreached
from harness.report.records import FindingRecord, JobRecord
from vmstate.paths import general_path

SCHEMA = "vmstate-report"
SCHEMA_VERSION = 1


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One device of one guest: whether it was exercised, and why not.

    Attributes:
        guest: spec of the guest.
        device: name of the device.
        tested: whether its registers were reached around a cycle.
        why: why it was not tested, or not exercised if that is known; empty otherwise.
        cycles: cycles of its job.
        drivers: names of the drivers that put it to work.
        promised: how many fields its description always sends.
        moved: how many of them were not as at power-on at some checkpoint.
        others: how many fields beside them were: of subsections, of what has no class.
    """

    guest: str
    device: str
    tested: bool
    why: str
    cycles: int
    drivers: tuple[str, ...] = ()
    promised: int = 0
    moved: int = 0
    others: int = 0

    @property
    def is_exercised(self) -> bool:
        """Whether any field of it was seen away from its state at power-on."""
        return self.moved + self.others > 0


class ReplayRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one case that was replayed."""

    case: str
    outcome: str
    why: str


class CampaignReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that came of a campaign.

    Attributes:
        schema, schema_version: what the file is.
        tool: name and version of this tool.
        profile, seed, budget, oracles: as the campaign was given them.
        guests: version by spec of each guest that ran.
        missing: guests that could not run, and the remedy.
        jobs: one record for each job, findings left out.
        devices: one row for each device.
        findings: what is new, each once.
        replays: one row for each case that was replayed.
        known: how often each known case was met.
        cycles: all cycles.
        seconds: wall-clock time of the campaign.
        cycles_per_second: of all jobs together.
        cut: whether the clock stopped a job before its cycles were done; then counts depend
            on the machine's speed.
    """

    schema: str
    schema_version: int
    tool: str
    profile: str
    seed: int
    budget: str
    guests: dict[str, str]
    missing: dict[str, str]
    jobs: tuple[JobRecord, ...]
    devices: tuple[DeviceRow, ...]
    findings: tuple[FindingRecord, ...]
    replays: tuple[ReplayRow, ...]
    known: dict[str, int]
    cycles: int
    seconds: float
    cycles_per_second: float
    cut: bool
    oracles: tuple[str, ...] = USUAL_ORACLES


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says about the campaign itself."""

    tool: str
    profile: str
    seed: int
    budget: str
    missing: dict[str, str] = {}
    oracles: tuple[str, ...] = USUAL_ORACLES


def build_report(
    heading: Heading,
    records: Iterable[JobRecord],
    replays: Iterable[ReplayRow],
    seconds: float,
) -> CampaignReport:
    """Return the report of a campaign from the records of its jobs, in any order."""
    ordered = sorted(records, key=lambda record: record.job)
    known: dict[str, int] = {}
    for record in ordered:
        for case_id, hits in record.known.items():
            known[case_id] = known.get(case_id, 0) + hits
    cycles = sum(record.cycles for record in ordered)
    new = merge_findings(ordered)
    return CampaignReport(
        schema=SCHEMA,
        schema_version=SCHEMA_VERSION,
        tool=heading.tool,
        profile=heading.profile,
        seed=heading.seed,
        budget=heading.budget,
        oracles=heading.oracles,
        guests={record.guest: record.version for record in ordered if record.version},
        missing=heading.missing,
        jobs=tuple(msgspec.structs.replace(record, findings=()) for record in ordered),
        devices=tuple(_device_row(record) for record in ordered),
        findings=tuple(new),
        replays=tuple(sorted(replays, key=lambda row: row.case)),
        known={key: known[key] for key in sorted(known) if key not in {f.case.id for f in new}},
        cycles=cycles,
        seconds=round(seconds, 3),
        cycles_per_second=round(cycles / seconds, 1) if seconds > 0 else 0.0,
        cut=any(record.cut for record in ordered),
    )


def _device_row(record: JobRecord) -> DeviceRow:
    is_own = not is_undescribed(record.device)
    moved = {_plain(key) for key in record.moved if is_own}
    promised = {_plain(key) for key in record.promised if is_own}
    is_idle = bool(promised) and not moved
    why = why_idle(record.device) if is_idle else ""
    if not record.cycles:
        why = why_unreached(record.device, record.why)
    return DeviceRow(
        guest=record.guest,
        device=record.device,
        tested=record.cycles > 0,
        why=why,
        cycles=record.cycles,
        drivers=record.works,
        promised=len(promised),
        moved=len(moved & promised),
        others=len(moved - promised),
    )


def _plain(key: FieldKey) -> FieldKey:
    """Return the field without marks of arrays, which not every release's dump has."""
    section, instance_id, path = key
    return section, instance_id, general_path(path).replace("[]", "")


def merge_findings(records: Iterable[JobRecord]) -> list[FindingRecord]:
    """Return each finding once, with all jobs that met it and all places that show it.

    Of duplicates, that of the first job by name is kept, whoever was done first.
    """
    merged: dict[str, FindingRecord] = {}
    for record in sorted(records, key=lambda record: record.job):
        for finding in record.findings:
            first = merged.get(finding.case.id)
            if first is None:
                merged[finding.case.id] = finding
                continue
            places = dict.fromkeys((*first.case.seen_at, *finding.case.seen_at))
            merged[finding.case.id] = FindingRecord(
                case=msgspec.structs.replace(first.case, seen_at=tuple(places)),
                jobs=tuple(dict.fromkeys((*first.jobs, *finding.jobs))),
                reproducer=first.reproducer,
            )
    return [merged[key] for key in sorted(merged)]


def encode_report(report: CampaignReport) -> str:
    """Return the text of ``report.json``."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1).decode() + "\n"
