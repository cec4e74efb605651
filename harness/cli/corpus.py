"""``vmstate corpus``: the table of the findings that a folder of cases holds."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from harness.cli.status import COULD_NOT_RUN
from harness.corpus import findings_table, load_cases
from harness.errors import HarnessError


@click.command("corpus")
@click.argument("folder", default="corpus", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a case.")
def command(folder: Path, *, as_json: bool) -> None:
    """Print the table of a corpus's findings, as docs/findings.md has it."""
    try:
        cases = load_cases(folder).values()
    except HarnessError as err:
        click.echo(str(err), err=True)
        sys.exit(COULD_NOT_RUN)
    if as_json:
        for case in cases:
            row = {
                "case": case.id,
                "device": case.culprit.type,
                "class": case.class_,
                "releases": case.fails,
                "explanation": case.explanation,
            }
            click.echo(msgspec.json.encode(row).decode())
    else:
        click.echo(findings_table(cases), nl=False)
