"""Findings as text, for people.

In this order: what happened; which device, kind and oracle; the minimal trace, step by
step; the first difference with both values; where else it shows; how to replay it.
"""

from __future__ import annotations

from harness.corpus.case import Case, CasePlace
from harness.difference import legible
from harness.finding import NOT_RESTORED
from harness.report.records import FindingRecord
from harness.trace import Trace


def finding_lines(record: FindingRecord, replay_command: str) -> list[str]:
    """Return the lines that tell of a finding."""
    case = record.case
    culprit = case.culprit
    section = f"section {culprit.section} instance {culprit.instance_id}"
    expected, seen = legible(case.expected, case.seen)
    shown = f"  {case.command or 'saved again'}: {expected} without the reload, {seen} after it"
    if case.oracle in ("load", "hostile"):
        shown = f"  expected  {case.expected}\n  seen      {case.seen}"
    lines = [
        case.title,
        "",
        f"  device    {culprit.type} {culprit.path}".rstrip(),
        f"            {section if culprit.section else 'no section carries its state'}",
        f"  kind      {case.kind}  (oracle: {_oracle(case)}, reload: {case.reload_mode})",
        f"  culprit   {culprit_text(case)}",
        f"  guest     {case.guest}, {case.found_with}",
        f"  shown in  {case.hits} of {case.runs} runs from scratch"
        + (", every step proved necessary" if case.is_minimal else ""),
        "",
        *_trace_lines(case),
        "",
        shown,
    ]
    others = list(dict.fromkeys(place_text(place) for place in case.seen_at))
    if len(others) > 1:
        lines.append(f"  seen at   {', '.join(others)}")
    lines += ["", f"  replay    {replay_command}"]
    if record.reproducer:
        lines.append(f"  alone     python3 {case.id}.py  (beside the case; needs QEMU only)")
    return lines


def _oracle(case: Case) -> str:
    """Return which question was answered wrongly, in the words of the documentation."""
    if case.reload_mode == "cross":
        return f"cross, {case.oracle}"
    return "reset completeness" if case.kind == NOT_RESTORED else case.oracle


def culprit_text(case: Case) -> str:
    """Return which state is at fault, in words."""
    culprit = case.culprit
    shown = ""
    if culprit.offset is not None:
        shown = f"register {culprit.region}+{culprit.offset:#x} bits {culprit.bits}"
    elif culprit.line:
        shown = f"line {culprit.line}"
    if culprit.fields:
        note = "" if culprit.described else "  (in no description)"
        fields = ", ".join(culprit.fields)
        if case.oracle == "load" and int(culprit.bits, 16):
            fields += f" bits {culprit.bits}"
        return f"field {fields}{note}" + (f"; shown by {shown}" if shown else "")
    if case.oracle == "load":
        return "its own state, as a whole"
    return f"{shown}; no field of the section carries it" if shown else "unknown"


def place_text(place: CasePlace) -> str:
    """Return a place in a few words."""
    if place.line:
        return place.line
    if place.field:
        return f"{place.section}/{place.field}"
    if place.offset is None:
        return f"all of {place.region}"
    return f"{place.region}+{place.offset:#x} bits {place.bits}"


def _trace_lines(case: Case) -> list[str]:
    lines = []
    steps = Trace.parse(case.trace).steps
    actions = case.actions or ("",) * len(steps)
    width = max(len(str(step)) for step in steps)
    for number, (step, action) in enumerate(zip(steps, actions, strict=False), start=1):
        lines.append(f"  {number:>3}. {step!s:{width}}  {action}".rstrip())
    return lines
