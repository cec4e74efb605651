"""What campaigns found out about each machine type of one binary, read from their reports.

Pure.  It knows how a guest's spec names a machine; it starts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.report.model import CampaignReport

_QEMU = "qemu:"
#: What the job is called that reaches all devices of a machine at once, which is no device.
_MACHINE = "machine"


@dataclass(slots=True)
class Hunted:
    """What is known about one machine type.

    Attributes:
        devices: names of the devices that campaigns looked at, tested or not.
        exercised: those of them that were seen away from power-on at a checkpoint.
        findings: ids of what was found on it.
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


def hunted(reports: Iterable[CampaignReport], version: str) -> dict[str, Hunted]:
    """Return what *reports* say about the machine types of a binary, by name.

    Args:
        reports: of campaigns on that binary; none of them says which target it is for.
        version: of the binary, e.g. ``7.2.22``; guests that ran on another are left out.
    """
    found: dict[str, Hunted] = {}
    for report in reports:
        names = {
            guest: machine
            for guest, ran in report.guests.items()
            if ran == f"QEMU {version}" and (machine := _machine(guest))
        }
        for row in report.devices:
            if row.guest in names and row.device != _MACHINE:
                one = found.setdefault(names[row.guest], Hunted())
                one.devices.add(row.device)
                if row.is_exercised:
                    one.exercised.add(row.device)
        for finding in report.findings:
            for job in finding.jobs:
                guest = job.partition("::")[0]
                if guest in names:
                    found.setdefault(names[guest], Hunted()).findings.add(finding.case.id)
    return found


def _machine(guest: str) -> str:
    """Return the machine type in a guest's spec; empty for a guest of another kind."""
    if not guest.startswith(_QEMU):
        return ""
    return guest.removeprefix(_QEMU).partition("@")[0].partition(",")[0]
