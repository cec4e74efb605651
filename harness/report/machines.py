"""What campaigns found out about each machine type of one binary, read from their reports.

Pure.  It knows how a guest's spec names a machine; it starts nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from harness.exercise import FieldKey
from harness.job import UNTOUCHED
from harness.report.idle import is_undescribed
from harness.report.model import CampaignReport

_QEMU = "qemu:"


@dataclass(slots=True)
class Hunted:
    """What is known about one machine type.

    A device is counted by the section that its state is sent in, whether a job of its own looked
    at it or one that reached all of the machine at once; one without a section has no fields that
    could be brought away from power-on.

    Attributes:
        devices: sections that campaigns looked at, with the instance id where it is not 0.
        exercised: those of them that were seen away from power-on at a checkpoint.
        findings: ids of what was found on it, and of the cases of the corpus that were met.
    """

    devices: set[str] = field(default_factory=set)
    exercised: set[str] = field(default_factory=set)
    findings: set[str] = field(default_factory=set)

    def document(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "devices": len(self.devices),
            "exercised": sorted(self.exercised),
            "findings": sorted(self.findings),
        }


def hunted(
    reports: Iterable[CampaignReport], version: str, legitimate: Collection[str] = ()
) -> dict[str, Hunted]:
    """Return what *reports* say about the machine types of a binary, by name.

    Args:
        reports: of campaigns on that binary; none of them says which target it is for.
        version: of the binary, e.g. ``7.2.22``; guests that ran on another are left out.
        legitimate: ids of known differences that are no findings.
    """
    found: dict[str, Hunted] = {}
    for report in reports:
        for job in report.jobs:
            machine = _machine(job.guest)
            if machine and report.guests.get(job.guest) == f"QEMU {version}":
                one = found.setdefault(machine, Hunted())
                if not is_undescribed(job.device):
                    one.devices |= _sections((*job.promised, *job.moved))
                    one.exercised |= _sections(job.moved)
                one.findings |= {name for name in job.known if not name.startswith(UNTOUCHED)}
                one.findings -= {*legitimate}
        for finding in report.findings:
            for name in finding.jobs:
                machine = _machine(name.partition("::")[0])
                if machine in found:
                    found[machine].findings.add(finding.case.id)
    return found


def _sections(keys: Iterable[FieldKey]) -> set[str]:
    pairs = {(section, instance_id) for section, instance_id, _ in keys}
    return {f"{section}[{number}]" if number else section for section, number in pairs}


def _machine(guest: str) -> str:
    """Return the machine type in a guest's spec; empty for a guest of another kind."""
    if not guest.startswith(_QEMU):
        return ""
    return guest.removeprefix(_QEMU).partition("@")[0].partition(",")[0]
