"""``vmstate decode``: what a stream holds."""

from __future__ import annotations

import sys

import click

from harness.cli.status import CLEAN, COULD_NOT_RUN
from harness.streams.outline import Outline, outline_of
from harness.streams.progress import shown_progress
from harness.streams.reading import events_of
from harness.streams.shown import Choice, document, document_text, field_line, lines
from harness.streams.source import open_source
from vmstate.decoded import DecodedSection
from vmstate.editing import Key, address, find_section, near, split_path
from vmstate.errors import EditError, StreamError


@click.command("decode")
@click.argument("stream", metavar="FILE|-")
@click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="PATH",
    help="Only this field, or what is below it: 'i8254/channels[1].count', 'dma[1]/regs[0]'.",
)
@click.option(
    "--section", "names", multiple=True, metavar="NAME", help="Only this section: 'dma[1]'."
)
@click.option("--hex", "is_hex", is_flag=True, help="Show all bytes of every field.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    stream: str, paths: tuple[str, ...], names: tuple[str, ...], *, is_hex: bool, as_json: bool
) -> None:
    """Show what a migration stream holds, field by field.

    FILE is what `migrate` wrote, or a qcow2 image with a snapshot (`image#name` for one of
    several), or - for standard input.  Guest memory is summed up by block and never kept, so
    a stream may be of any size.

    Exit status: 0 fine, 2 it could not be read (what was read before is shown first), or
    what was asked for is not in it.
    """
    try:
        with open_source(stream) as source, shown_progress(source.size, "reading") as progress:
            text = source.vmdesc_text()
            outline = outline_of(source.name, events_of(source, progress), text=text)
            choice = _choice(outline, paths, names, is_hex=is_hex)
    except OSError as error:
        click.echo(f"{stream}: can't be read: {error.strerror or error}", err=True)
        sys.exit(COULD_NOT_RUN)
    except (EditError, StreamError) as error:
        click.echo(f"{stream}: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
    if as_json:
        click.echo(document_text(document(outline, choice)))
    elif paths:
        for section in choice.sections:
            key = Key(section.idstr, section.instance_id)
            for field in section.fields:
                click.echo(field_line(key, field, is_hex=is_hex))
    else:
        click.echo("\n".join(lines(outline, choice)))
    if outline.error is not None:
        click.echo(f"{stream}: {outline.error}", err=True)
    sys.exit(COULD_NOT_RUN if outline.error else CLEAN)


def _choice(
    outline: Outline, paths: tuple[str, ...], names: tuple[str, ...], *, is_hex: bool
) -> Choice:
    """Return what is to be shown.

    Raises:
        EditError: something that is asked for is not there.
    """
    if not paths and not names:
        return Choice(outline.decoded(), is_hex=is_hex)
    keys = [Key(section.idstr, section.instance_id) for section in outline.sections]
    whole = {find_section(name, keys) for name in names}
    wanted: dict[Key, set[str]] = {key: {""} for key in whole}
    for text in paths:
        key, path = split_path(text, keys)
        wanted.setdefault(key, set()).add(path)
    sections = [
        section if "" in wanted[key] else _trimmed(section, wanted[key])
        for section in outline.decoded(lambda key: key in wanted)
        for key in [Key(section.idstr, section.instance_id)]
    ]
    return Choice(sections, is_all=False, is_hex=is_hex)


def _trimmed(section: DecodedSection, paths: set[str]) -> DecodedSection:
    """Return *section* with those fields alone that are at or below *paths*."""
    key = Key(section.idstr, section.instance_id)
    for path in paths:
        if not any(_is_below(field.path, path) for field in section.fields):
            names = [field.path for field in section.fields]
            said = near(path, names) or f"; see vmstate decode --section '{key}'"
            raise EditError(address(key, path), f"there is no such field{said}")
    fields = tuple(
        field for field in section.fields if any(_is_below(field.path, path) for path in paths)
    )
    return DecodedSection(
        section.idstr, section.instance_id, section.version_id, section.description, fields
    )


def _is_below(path: str, prefix: str) -> bool:
    """Whether *path* is *prefix*, or in what it names."""
    return path == prefix or (path.startswith(prefix) and path[len(prefix)] in ".[")
