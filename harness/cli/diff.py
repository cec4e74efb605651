"""``vmstate diff``: where two streams differ."""

from __future__ import annotations

import sys

import click

from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.streams.comparison import (
    SCHEMA,
    SCHEMA_VERSION,
    Change,
    compared,
    ignoring,
)
from harness.streams.outline import Outline, outline_of
from harness.streams.progress import shown_progress
from harness.streams.reading import events_of
from harness.streams.shown import document_text
from harness.streams.source import STANDARD, open_source
from vmstate.errors import StreamError


@click.command("diff")
@click.argument("before", metavar="A|-")
@click.argument("after", metavar="B|-")
@click.option(
    "--ignore",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Leave out what is called so; * stands for anything: 'timer/*', '*irq_timer*'.",
)
@click.option("--no-ram", is_flag=True, help="Don't compare guest memory (by a hash per block).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    before: str, after: str, patterns: tuple[str, ...], *, no_ram: bool, as_json: bool
) -> None:
    """Compare two migration streams, field by field; 1 if they differ.

    Each is a file, a qcow2 image with a snapshot (`image#name` for one of several), or - for
    standard input.  Fields belong together by section, instance and path, so it does not
    matter where in the stream a section stands.  A section or subsection that only one has is
    one line.

    Exit status: 0 same, 1 different, 2 one could not be read.
    """
    if before == after == STANDARD:
        click.echo("only one of both can be standard input", err=True)
        sys.exit(COULD_NOT_RUN)
    outlines = [_outline(name, hashes=not no_ram) for name in (before, after)]
    changes = list(filter(ignoring(patterns), compared(*outlines)))
    if as_json:
        click.echo(document_text(_document(outlines, changes)))
    else:
        for change in changes:
            click.echo(change.text())
    sys.exit(FOUND if changes else CLEAN)


def _outline(name: str, *, hashes: bool) -> Outline:
    """Return what the stream *name* holds; end with what is wrong where it can't be read."""
    try:
        with open_source(name) as source, shown_progress(source.size, name) as progress:
            events = events_of(source, progress)
            outline = outline_of(source.name, events, hashes=hashes)
    except OSError as error:
        click.echo(f"{name}: can't be read: {error.strerror or error}", err=True)
        sys.exit(COULD_NOT_RUN)
    except StreamError as error:
        click.echo(f"{name}: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
    if outline.error is not None:
        click.echo(f"{name}: {outline.error}", err=True)
        sys.exit(COULD_NOT_RUN)
    return outline


def _document(outlines: list[Outline], changes: list[Change]) -> dict[str, object]:
    before, after = outlines
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "before": before.name,
        "after": after.name,
        "changes": [change.document() for change in changes],
    }
