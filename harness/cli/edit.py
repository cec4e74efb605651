"""``vmstate edit``: a stream with other state in it."""

from __future__ import annotations

import sys
from contextlib import ExitStack

import click

from harness.cli.status import COULD_NOT_RUN
from harness.streams.progress import shown_progress
from harness.streams.reading import events_of
from harness.streams.rewriting import rewritten
from harness.streams.source import MappedSource, open_source
from harness.streams.target import open_target
from vmstate.editing import (
    Change,
    CopySection,
    CopySubsection,
    Draft,
    DropSection,
    DropSubsection,
    Move,
    SetField,
    changed,
)
from vmstate.errors import EditError, VMStateError
from vmstate.stream import write_events

Pair = tuple[str, str]


@click.command("edit")
@click.argument("source", metavar="IN|-")
@click.argument("target", metavar="OUT|-")
@click.option(
    "--copy-section",
    "copied",
    nargs=2,
    multiple=True,
    metavar="FILE NAME",
    help="Take a section of another stream: for the one of its name, or as the last one.",
)
@click.option("--drop-section", "dropped", multiple=True, metavar="NAME", help="Leave one out.")
@click.option(
    "--copy-subsection",
    "copied_parts",
    nargs=2,
    multiple=True,
    metavar="FILE PATH",
    help="Take a subsection of another stream, to the same place.",
)
@click.option(
    "--drop-subsection",
    "dropped_parts",
    multiple=True,
    metavar="PATH",
    help="Leave one out: 'pckbd/kbd.<pckbd/extended_state>'.",
)
@click.option("--move-before", nargs=2, multiple=True, metavar="NAME OTHER", help="Move a section.")
@click.option("--move-after", nargs=2, multiple=True, metavar="NAME OTHER", help="Move a section.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set a field: 'i8254/channels[1].count=0x10', a flag to true or false, "
    "bytes to hexadecimal digits.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON, on stderr.")
def command(  # noqa: PLR0913 - one for each option
    source: str,
    target: str,
    copied: tuple[Pair, ...],
    dropped: tuple[str, ...],
    copied_parts: tuple[Pair, ...],
    dropped_parts: tuple[str, ...],
    move_before: tuple[Pair, ...],
    move_after: tuple[Pair, ...],
    settings: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Change fields and sections of a migration stream.

    IN and OUT are files, or - for standard input and output, so that it can stand in the
    pipe of a live migration.  IN may be a snapshot in a qcow2 image or any container; OUT is
    what QEMU reads.  Changes are made in the order of the options below, whatever their order
    on the command line.  A file OUT is written when all is well, and may be IN.

    A section is named 'dma', or 'dma[1]' for instance 1; a field 'dma[1]/regs[0].mode';
    `vmstate decode` shows both.  The vmdesc at the end is kept in step.

    In a pipe, guest memory goes through as it comes and sections wait for the vmdesc behind
    them, which tells where fields are.  Sections in front of guest memory can't wait: to
    change those, save the stream to a file.

    Exit status: 0 fine, 2 it could not be read or changed: a file OUT is then as it was, and
    a pipe has got a part of the stream, which no QEMU takes for a whole one.
    """
    with ExitStack() as stack:
        try:
            changes: list[Change] = [
                *(CopySection(_draft(file, stack), name) for file, name in copied),
                *map(DropSection, dropped),
                *(CopySubsection(_draft(file, stack), path) for file, path in copied_parts),
                *map(DropSubsection, dropped_parts),
                *(Move(name, other, is_after=False) for name, other in move_before),
                *(Move(name, other, is_after=True) for name, other in move_after),
                *map(_setting, settings),
            ]
            _rewrite(source, target, changes)
        except OSError as error:
            click.echo(f"{error.filename or target}: {error.strerror or error}", err=True)
            sys.exit(COULD_NOT_RUN)
        except VMStateError as error:
            click.echo(f"{source}: {error}", err=True)
            sys.exit(COULD_NOT_RUN)
    if as_json:
        click.echo(f'{{"changes": {len(changes)}}}', err=True)


def _setting(text: str) -> SetField:
    path, equals, value = text.partition("=")
    if not equals:
        raise EditError(text, "expected PATH=VALUE, such as 'i8254/channels[1].count=0x10'")
    return SetField(path, value)


def _draft(path: str, stack: ExitStack) -> Draft:
    """Return the stream in the file *path*, to take something from."""
    return Draft(events_of(stack.enter_context(open_source(path))))


def _rewrite(path: str, to: str, changes: list[Change]) -> None:
    with open_source(path) as source, shown_progress(source.size, "editing") as progress:
        events = events_of(source, progress)
        with open_target(to) as write:
            # A file can be looked at as a whole, wherever its sections stand.
            rewrite = changed if isinstance(source, MappedSource) else rewritten
            for piece in write_events(rewrite(events, changes)):
                write(piece)
