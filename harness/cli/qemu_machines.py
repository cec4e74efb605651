"""``vmstate qemu machines``: the machine types of binaries; which start, save and load."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click
import msgspec

from harness.cli.report import read_report
from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.cli.trying import trying_options
from harness.corpus import load_cases
from harness.errors import ConfigError, HarnessError
from harness.qemu.binaries import Binary, find_one, named
from harness.qemu.discovery.board import Board, boards
from harness.qemu.discovery.inquiry import NO_MACHINE, MachineType, machine_types
from harness.qemu.discovery.round_trip import Ending
from harness.report.machines import Hunted, hunted
from harness.rules import RULES

_ROW = "{:<24} {:<7} {:<7} {:<8} {:<7} {:>8}  {}{}"
_HUNTED = "{:>9} {:>8}  "


@click.command("machines")
@click.option(
    "--qemu",
    "names",
    multiple=True,
    metavar="PATH",
    help="A binary, or debian:SUITE/TARGET; may be repeated. Else that on PATH.",
)
@click.option(
    "--machine", "only", multiple=True, metavar="TYPE", help="Only this one; may be repeated."
)
@click.option(
    "--try", "is_tried", is_flag=True, help="Start each, save it, load it in place and anew."
)
@trying_options
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A campaign's report.json, or its folder: adds devices exercised and findings.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def machines_command(  # noqa: PLR0913 (one for each option)
    names: tuple[str, ...],
    only: tuple[str, ...],
    workers: int,
    deadline_s: float,
    reports: tuple[Path, ...],
    *,
    is_tried: bool,
    as_json: bool,
) -> None:
    """List the machine types of a binary; with --try, which start, save and load.

    What a machine needs so that it starts is learned from what QEMU says: another size of
    RAM, an audio backend, a file of zeros in the place of its firmware. Then it is saved
    untouched, by savevm and by migration to a file; the snapshot is loaded in place after a
    reset, and the file in a fresh process. Why something failed is said in QEMU's own words.

    With --report, given once or more, each machine's row says how many of its devices the
    campaigns exercised, of how many, and how many findings they have of it. A report does not
    say which target it is of, so then there must be one binary.

    Exit status: 0 all is well, 1 a machine crashed or hung, or one that starts can't be
    saved or loaded, or a report has findings of one, 2 the binary could not be used.
    """
    documents = []
    is_sound = True
    try:
        binaries = [named(name) for name in names] or [find_one()]
        for binary in binaries:
            types = _chosen(machine_types(binary.path, deadline_s), only, binary)
            known = _known(reports, binary, types, is_alone=len(binaries) == 1)
            is_sound = is_sound and not any(one.findings for one in known.values())
            if not is_tried:
                documents.append(_document(binary, _tried(types, [], known)))
                _echo([_line(one, known) for one in types], as_json=as_json)
                continue
            rows = []
            heading = [f"QEMU {binary.version_text}, {binary.path}", _heading(reports)]
            _echo(heading, as_json=as_json)
            for board in boards(binary.path, _real(types), workers, deadline_s):
                _echo(_shown(board, known, has_reports=bool(reports)), as_json=as_json)
                rows.append(board)
            _echo([_summary(rows, known)], as_json=as_json)
            is_sound = is_sound and not any(board.is_at_fault for board in rows)
            documents.append(_document(binary, _tried(types, rows, known)))
    except HarnessError as error:
        click.echo(str(error), err=True)
        sys.exit(COULD_NOT_RUN)
    if as_json:
        made = {"schema": "vmstate-qemu-machines", "schema_version": 1, "binaries": documents}
        click.echo(msgspec.json.encode(made).decode())
    sys.exit(CLEAN if is_sound else FOUND)


def _chosen(types: Sequence[MachineType], only: Sequence[str], binary: Binary) -> list[MachineType]:
    """Return those that are called, or also called, one of *only*; all if that is empty.

    Raises:
        ConfigError: there is none of such a name.
    """
    known = {name for one in types for name in (one.name, one.alias)}
    for name in only:
        if name not in known:
            raise ConfigError(
                f"{binary.path} has no machine type {name!r}",
                "vmstate qemu machines lists those that there are",
            )
    return [one for one in types if not only or {one.name, one.alias} & {*only}]


def _known(
    reports: Sequence[Path], binary: Binary, types: Sequence[MachineType], *, is_alone: bool
) -> dict[str, Hunted]:
    """Return what the reports say about *types*, by name.

    Raises:
        ConfigError: a report can't be read, has no machine of this binary, or might be one of
            another binary.
    """
    if not reports:
        return {}
    if not is_alone:
        raise ConfigError(
            "--report with several binaries: a report does not say which it is of",
            "ask for one binary at a time",
        )
    version = ".".join(map(str, binary.version))
    rules = {rule.id for rule in load_cases(RULES).values()}
    found = hunted([read_report(path)[1] for path in reports], version, rules)
    # A campaign may have been told the machine's other name.
    known = {
        one.name: found[name] for one in types for name in (one.name, one.alias) if name in found
    }
    if not known:
        raise ConfigError(
            f"the reports have no machine of {binary.path}, QEMU {version}",
            "name the binary that the campaigns ran on with --qemu",
        )
    return known


def _real(types: Sequence[MachineType]) -> list[str]:
    return [one.name for one in types if one.name != NO_MACHINE]


def _echo(lines: Sequence[str], *, as_json: bool) -> None:
    if not as_json:
        for line in lines:
            click.echo(line)


def _line(machine: MachineType, known: Mapping[str, Hunted]) -> str:
    said = [f"also {machine.alias}"] if machine.alias else []
    said += ["default"] if machine.is_default else []
    said += ["deprecated"] if machine.is_deprecated else []
    if one := known.get(machine.name):
        said.append(f"{len(one.exercised)} of {len(one.devices)} devices exercised")
        said.append(f"{len(one.findings)} findings")
    return f"{machine.name:<24} {', '.join(said)}".rstrip()


def _heading(reports: Sequence[Path]) -> str:
    more = _HUNTED.format("exercised", "findings") if reports else ""
    return _ROW.format("machine", "starts", "saves", "in place", "fresh", "sections", more, "needs")


def _shown(board: Board, known: Mapping[str, Hunted], *, has_reports: bool) -> list[str]:
    trip = board.trip
    more = ""
    if has_reports:
        one = known.get(board.name)
        devices = f"{len(one.exercised)}/{len(one.devices)}" if one else "-"
        more = _HUNTED.format(devices, len(one.findings) if one else "-")
    row = _ROW.format(
        board.name,
        board.starts.ending.value,
        trip.saves.ending.value,
        trip.in_place.ending.value,
        trip.fresh.ending.value,
        trip.sections or "-",
        more,
        " ".join(board.needs),
    )
    return [row.rstrip(), *_reasons(board)]


def _reasons(board: Board) -> Iterator[str]:
    """Yield why each step failed, below its machine's row."""
    seen = set()
    for name, step in board.steps().items():
        # A step that fails as the one before it did says so by its ending alone.
        if step.words and step.words not in seen:
            seen.add(step.words)
            first, *more = step.words.splitlines()
            yield f"  {name}: {first}"
            yield from (f"    {line}" for line in more)


def _summary(rows: Sequence[Board], known: Mapping[str, Hunted]) -> str:
    started = [board for board in rows if board.starts.ending is Ending.YES]
    sound = sum(board.trip.is_sound for board in started)
    said = [f"{len(started)} of {len(rows)} machines start", f"{sound} are saved and loaded"]
    said += [
        f"{count} {what}"
        for what, count in Counter(
            f"{name}: {step.ending.value}"
            for board in rows
            for name, step in board.steps().items()
            if step.ending not in {Ending.YES, Ending.UNTRIED}
        ).items()
    ]
    if known:
        exercised = sum(len(one.exercised) for one in known.values())
        devices = sum(len(one.devices) for one in known.values())
        findings = {identity for one in known.values() for identity in one.findings}
        said.append(f"{exercised} of {devices} devices exercised, {len(findings)} findings")
    return ", ".join(said)


def _document(binary: Binary, machines: Sequence[object]) -> dict[str, object]:
    return {
        "qemu": str(binary.path),
        "version": binary.version_text,
        "target": binary.target,
        "machines": machines,
    }


def _tried(
    types: Sequence[MachineType], rows: Sequence[Board], known: Mapping[str, Hunted]
) -> list[dict[str, object]]:
    found = {board.name: board.document() for board in rows}
    campaigns = {name: {"campaigns": one.document()} for name, one in known.items()}
    return [
        {**asdict(one), **found.get(one.name, {}), **campaigns.get(one.name, {})} for one in types
    ]
