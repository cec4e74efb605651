"""``vmstate qemu machines``: the machine types of binaries; which start, save and load."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click
import msgspec

from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.errors import ConfigError, HarnessError
from harness.qemu.binaries import Binary, find_one, named
from harness.qemu.discovery.board import DEADLINE_S, Board, boards
from harness.qemu.discovery.inquiry import NO_MACHINE, MachineType, machine_types
from harness.qemu.discovery.round_trip import Ending

_ROW = "{:<24} {:<7} {:<7} {:<8} {:<7} {:>8}  {}"
_HEADING = _ROW.format("machine", "starts", "saves", "in place", "fresh", "sections", "needs")


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
@click.option(
    "-j",
    "workers",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="How many are tried at once.",
)
@click.option(
    "--timeout",
    "deadline_s",
    type=click.FloatRange(min=0, min_open=True),
    default=DEADLINE_S,
    show_default=True,
    help="Seconds that each step may take.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def machines_command(
    names: tuple[str, ...],
    only: tuple[str, ...],
    workers: int,
    deadline_s: float,
    *,
    is_tried: bool,
    as_json: bool,
) -> None:
    """List the machine types of a binary; with --try, which start, save and load.

    What a machine needs so that it starts is learned from what QEMU says: another size of
    RAM, an audio backend, a file of zeros in the place of its firmware. Then it is saved
    untouched, by savevm and by migration to a file; the snapshot is loaded in place after a
    reset, and the file in a fresh process. Why something failed is said in QEMU's own words.

    Exit status: 0 all is well, 1 a machine crashed or hung, or one that starts can't be
    saved or loaded, 2 the binary could not be used.
    """
    documents = []
    is_sound = True
    try:
        for binary in [named(name) for name in names] or [find_one()]:
            types = _chosen(machine_types(binary.path), only, binary)
            if not is_tried:
                documents.append(_document(binary, [asdict(one) for one in types]))
                _echo([_line(one) for one in types], as_json=as_json)
                continue
            rows = []
            _echo([f"QEMU {binary.version_text}, {binary.path}", _HEADING], as_json=as_json)
            for board in boards(binary.path, _real(types), workers, deadline_s):
                _echo(_shown(board), as_json=as_json)
                rows.append(board)
            _echo([_summary(rows)], as_json=as_json)
            is_sound = is_sound and not any(board.is_at_fault for board in rows)
            documents.append(_document(binary, _tried(types, rows)))
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


def _real(types: Sequence[MachineType]) -> list[str]:
    return [one.name for one in types if one.name != NO_MACHINE]


def _echo(lines: Sequence[str], *, as_json: bool) -> None:
    if not as_json:
        for line in lines:
            click.echo(line)


def _line(machine: MachineType) -> str:
    said = [f"also {machine.alias}"] if machine.alias else []
    said += ["default"] if machine.is_default else []
    said += ["deprecated"] if machine.is_deprecated else []
    return f"{machine.name:<24} {', '.join(said)}".rstrip()


def _shown(board: Board) -> list[str]:
    trip = board.trip
    row = _ROW.format(
        board.name,
        board.starts.ending.value,
        trip.saves.ending.value,
        trip.in_place.ending.value,
        trip.fresh.ending.value,
        trip.sections or "-",
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


def _summary(rows: Sequence[Board]) -> str:
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
    return ", ".join(said)


def _document(binary: Binary, machines: Sequence[object]) -> dict[str, object]:
    return {
        "qemu": str(binary.path),
        "version": binary.version_text,
        "target": binary.target,
        "machines": machines,
    }


def _tried(types: Sequence[MachineType], rows: Sequence[Board]) -> list[dict[str, object]]:
    found = {board.name: board.document() for board in rows}
    return [{**asdict(one), **found.get(one.name, {})} for one in types]
