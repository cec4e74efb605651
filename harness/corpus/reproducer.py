"""Reproducers: a finding as a script that needs QEMU and Python's standard library only.

For whoever mends the bug and has never heard of us.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from harness.finding import Finding

#: What the script says that it does, by how the state comes back.
_HOW = {
    "in-place": (
        'after "cycle" twice from one snapshot: at once, and after savevm, system_reset, loadvm.'
    ),
    "fresh": (
        'after "cycle" twice: in a process that ran all before, and in one that was only given\n'
        "the state of such a process (migrate, -incoming) and has been touched by nothing else."
    ),
    "spoilt": (
        'after "cycle" in a process that was given the state of one that ran all before, with\n'
        "other values in a few fields (SPOILT). It may refuse that, but not die of it."
    ),
    "cross": (
        'after "cycle" twice: in a process that ran all before, and in one of another release\n'
        "that was given the state of such a process (migrate, -incoming). What one of the two\n"
        "releases does otherwise by itself, without any migration, is left out. The machine\n"
        "type is the same in both, so that state may go from one to the other and back."
    ),
}


@dataclass(frozen=True, slots=True)
class Launch:
    """How the guest of a finding is started, as the reproducer must know it.

    Attributes:
        binary: name of the program, e.g. ``qemu-system-x86_64``.
        arguments: what describes the machine; no sockets, no images.
        intercept: QOM path of the device whose interrupt inputs are watched; empty if none.
        has_clock: whether its clock is stepped.
        intercept_there: the same in the release that loads, where that is another.
    """

    binary: str
    arguments: tuple[str, ...]
    intercept: str = ""
    has_clock: bool = False
    intercept_there: str = ""


def reproducer(finding: Finding, launch: Launch) -> str:
    """Return the script for *finding*."""
    template = Template(files("harness.corpus").joinpath("reproducer.tmpl").read_text("utf-8"))
    return template.substitute(
        title=finding.title,
        version=" and ".join(filter(None, (finding.version, finding.loaded_by))),
        usage="QEMU OTHER_QEMU" if finding.loaded_by else "[QEMU]",
        machine=finding.guest.partition(":")[2],
        hits=finding.hits,
        runs=finding.runs,
        name=finding.id,
        arguments=json.dumps(launch.arguments),
        intercept=json.dumps(launch.intercept),
        how=_HOW["spoilt" if finding.spoilt else finding.reload_mode],
        has_clock=launch.has_clock,
        is_fresh=finding.reload_mode == "fresh",
        is_cross=finding.reload_mode == "cross",
        intercept_there=json.dumps(launch.intercept_there),
        section=json.dumps(finding.culprit.owner.section),
        trace=str(finding.trace),
        binary=launch.binary,
        lines_matter=finding.kind == "interrupt lost" or bool(finding.culprit.line),
        bytes_matter=finding.oracle == "idempotence",
        spoilt=json.dumps([(*place, data.hex()) for *place, data in finding.spoilt]),
    )
