"""The table of findings: what a corpus holds, as a document for people.

Owns the words of that document; it reads no file and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.corpus.case import Case

_HEAD = """\
# Findings in stock QEMU

Made by `vmstate corpus` from the cases in `corpus/`; a test holds it equal to them.

Each came back from scratch every time and was looked at by hand: the sentence says what is at
fault. *Releases* are those for which the case is expected to fail, as far as they were looked at.
Replay one with `pytest --vmstate-replay ID`; beside each case is a script that needs QEMU only.
"""


def findings_table(cases: Iterable[Case]) -> str:
    """Return the document about *cases*: how many of which class, and one row for each."""
    rows = sorted(cases, key=lambda case: (case.culprit.type.lower(), case.id))
    devices = {case.culprit.type for case in rows}
    classes: dict[str, int] = {}
    for case in rows:
        name = _class_of(case)
        classes[name] = classes.get(name, 0) + 1
    counts = ", ".join(f"{count} {name}" for name, count in sorted(classes.items()))
    lines = [
        _HEAD,
        f"{len(rows)} cases, {len(devices)} devices: {counts or 'none'}.",
        "",
        "| device | class | releases | what is at fault | case |",
        "| --- | --- | --- | --- | --- |",
    ]
    for case in rows:
        cells = (
            f"`{case.culprit.type}`",
            _class_of(case),
            f"`{case.fails}`",
            case.explanation or case.title,
            f"`{case.id}`",
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _class_of(case: Case) -> str:
    return case.class_ or case.kind
