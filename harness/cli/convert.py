"""``vmstate convert``: a stream in another container."""

from __future__ import annotations

import json
import sys

import click

from harness.cli.status import COULD_NOT_RUN
from harness.streams.progress import shown_progress
from harness.streams.reading import events_of
from harness.streams.source import open_source
from harness.streams.target import open_target
from vmstate.containers import FORMATS
from vmstate.errors import VMStateError


@click.command("convert")
@click.argument("source", metavar="IN|-")
@click.argument("target", metavar="OUT|-")
@click.option(
    "--to", "name", type=click.Choice(sorted(FORMATS)), required=True, help="What to write."
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON, on stderr.")
def command(source: str, target: str, name: str, *, as_json: bool) -> None:
    """Write a migration stream in another container, without loss.

    What IN is in is told by its first bytes.  `qemu` is what QEMU writes and reads; `framed`
    notices any damage and says which section has it; `ber` is for readers of ASN.1; `json`
    for people and scripts.  The other commands read all of them.

    Exit status: 0 fine, 2 it could not be read or written; a file OUT is then as it was.
    """
    written = 0
    try:
        with (
            open_source(source) as opened,
            shown_progress(opened.size, "converting") as progress,
            open_target(target) as write,
        ):
            for piece in FORMATS[name].dump(events_of(opened, progress)):
                write(piece)
                written += len(piece)
    except OSError as error:
        click.echo(f"{error.filename or target}: {error.strerror or error}", err=True)
        sys.exit(COULD_NOT_RUN)
    except VMStateError as error:
        click.echo(f"{source}: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
    if as_json:
        click.echo(json.dumps({"container": name, "bytes": written}), err=True)
