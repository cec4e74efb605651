"""``vmstate qemu devices``: the devices of a binary, and what creates each."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
import msgspec

from harness.cli.status import CLEAN, COULD_NOT_RUN
from harness.cli.trying import trying_options
from harness.errors import HarnessError
from harness.qemu.argv import Machine, own_arguments
from harness.qemu.binaries import Binary, dump_vmstate, find_one, named
from harness.qemu.discovery.board import startable
from harness.qemu.discovery.catalogue import Catalogue
from harness.qemu.discovery.explorer import Explorer
from harness.qemu.discovery.inquiry import catalogue
from harness.qemu.discovery.sections import Sections
from harness.qemu.discovery.verdict import Verdict, counts, judge
from vmstate.dump import read_dump
from vmstate.errors import StreamError


@click.command("devices")
@click.option("--machine", "machine", default="pc", show_default=True, help="As for -M.")
@click.option(
    "--qemu", "name", metavar="PATH", help="The binary, or debian:SUITE/TARGET; else that on PATH."
)
@click.option(
    "--device", "names", multiple=True, metavar="TYPE", help="Only this one; may be repeated."
)
@trying_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def devices_command(
    machine: str,
    name: str | None,
    names: tuple[str, ...],
    workers: int,
    deadline_s: float,
    *,
    as_json: bool,
) -> None:
    """List the devices that can be created, with the arguments that do it.

    Each is created once, in a process of its own, with backends that reach nothing of the
    host.  For each is said whether its state is described (by hand: its class is not, but it
    adds sections to the stream; none: it adds none; unmigratable: a machine with it can't be
    saved), and why it can't be created where it can't, in QEMU's own words.

    Exit status: 0 listed, 2 the binary, the machine or a device could not be used.
    """
    try:
        binary = named(name) if name else find_one()
        offered = catalogue(binary.path, deadline_s)
        dump = read_dump(dump_vmstate(binary.path))
        bare = startable(binary.path, machine, deadline_s)
        explorer = Explorer(bare, offered, deadline_s)
        sections = Sections(bare, offered, deadline_s)
        verdicts = []
        for trial in explorer.explore(names or tuple(offered.devices), workers):
            verdict = judge(trial, offered, dump, sections.added, explorer.bare.blockers)
            verdicts.append(verdict)
            if not as_json:
                click.echo(_shown(verdict))
    except (HarnessError, StreamError) as error:
        click.echo(str(error), err=True)
        sys.exit(COULD_NOT_RUN)
    if as_json:
        click.echo(_document(binary, bare, verdicts))
    else:
        unasked = _unasked(offered, names)
        what = _shell((machine, *own_arguments(bare)))
        click.echo(f"{what} of QEMU {binary.version_text}: {counts(verdicts)}{unasked}")
    sys.exit(CLEAN)


def _unasked(offered: Catalogue, names: Sequence[str]) -> str:
    left = len(offered.devices) - len(set(names)) if names else 0
    return f"; {left} more were not asked for" if left else ""


def _shown(verdict: Verdict) -> str:
    bus = verdict.bus or "no bus"
    lines = [f"{verdict.name} ({bus}): {verdict.state.value}"]
    if verdict.created:
        lines.append(f"  {_shell(verdict.arguments)}")
    else:
        lines[0] += ", can't be created"
    lines += [f"  {line}" for line in verdict.words.splitlines()]
    return "\n".join(lines)


def _shell(arguments: Sequence[str]) -> str:
    return " ".join(arguments)


def _document(binary: Binary, machine: Machine, verdicts: Sequence[Verdict]) -> str:
    return msgspec.json.encode(
        {
            "schema": "vmstate-qemu-devices",
            "schema_version": 1,
            "qemu": str(binary.path),
            "version": binary.version_text,
            "machine": machine.name,
            "needs": own_arguments(machine),
            "devices": [verdict.document() for verdict in verdicts],
        }
    ).decode()
