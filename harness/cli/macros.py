"""``vmstate macros``: the reference of all macros."""

from __future__ import annotations

import click
import msgspec

from harness.reference import all_rows, reference


@click.command("macros")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a macro.")
def command(*, as_json: bool) -> None:
    """Print the reference of all VMSTATE macros, as docs/macros.md has it."""
    if as_json:
        for row in all_rows():
            click.echo(msgspec.json.encode(row._asdict()).decode())
    else:
        click.echo(reference(), nl=False)
