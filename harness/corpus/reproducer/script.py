"""The script: a finding for whoever mends the bug and has never heard of us.

It is made of templates, of which a line ``#@ if a b`` takes what follows, up to ``#@ else`` or
``#@ end``, only where one of the parts ``a`` and ``b`` is needed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from harness.finding import Finding

#: The templates, in the order in which they make up a script.
_TEMPLATES = ("head", "clock", "qemu", "cycle", "main")
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
    """Return the script for *finding*, made of the parts of the template that it needs."""
    folder = files("harness.corpus.reproducer")
    text = "".join(folder.joinpath(f"{name}.tmpl").read_text("utf-8") for name in _TEMPLATES)
    mode = "spoilt" if finding.spoilt else finding.reload_mode
    return Template(_made_of(_parts(finding, launch, mode), text)).substitute(
        title=finding.title,
        version=" and ".join(filter(None, (finding.version, finding.loaded_by))),
        usage="QEMU OTHER_QEMU" if finding.loaded_by else "[QEMU]",
        machine=finding.guest.partition(":")[2],
        hits=finding.hits,
        runs=finding.runs,
        name=finding.id,
        arguments=json.dumps(launch.arguments),
        intercept=json.dumps(launch.intercept),
        how=_HOW[mode],
        intercept_there=json.dumps(launch.intercept_there),
        section=json.dumps(finding.culprit.owner.section),
        trace=str(finding.trace),
        binary=launch.binary,
        spoilt=json.dumps([(*place, data.hex()) for *place, data in finding.spoilt]),
    )


def _parts(finding: Finding, launch: Launch, mode: str) -> frozenset[str]:
    """Return which parts of the template a script needs, by their names there."""
    words = launch.arguments
    has_drives = "-blockdev" in words or "-drive" in words
    needs = {
        mode: True,
        "clock": launch.has_clock,
        "zeros": "zeros.img" in words,
        "peer": any("path=peer.sock" in word for word in words),
        "jobs": mode == "in-place" and has_drives,
        "moves": mode != "in-place",
        "waits": mode != "in-place" or has_drives,
        "lines": finding.kind == "interrupt lost" or bool(finding.culprit.line),
        "bytes": finding.oracle == "idempotence" and mode != "spoilt",
    }
    return frozenset(name for name, is_needed in needs.items() if is_needed)


def _made_of(parts: frozenset[str], text: str) -> str:
    """Return the lines of *text* outside all ``#@ if``, and those of *parts*."""
    lines: list[str] = []
    #: Whether what is inside of each ``#@ if`` that is open is wanted.
    wanted: list[bool] = []
    for line in text.splitlines(keepends=True):
        mark, _, rest = line.strip().partition(" ")
        if mark != "#@":
            if all(wanted):
                lines.append(line)
        elif rest == "end":
            wanted.pop()
        elif rest == "else":
            wanted[-1] = not wanted[-1]
        else:
            wanted.append(not parts.isdisjoint(rest.split()[1:]))
    return "".join(lines)
