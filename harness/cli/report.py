"""``vmstate report``: a report.json, shown."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.errors import ConfigError
from harness.report.model import SCHEMA, SCHEMA_VERSION, CampaignReport
from harness.report.summary import summary_lines
from harness.report.text import finding_lines


@click.command("report")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as it is.")
def command(path: Path, *, as_json: bool) -> None:
    """Show a report.json, or the one in a folder; 1 if it has findings."""
    try:
        text, report = read_report(path)
    except ConfigError as err:
        click.echo(str(err), err=True)
        sys.exit(COULD_NOT_RUN)
    if as_json:
        click.echo(text, nl=False)
    else:
        for finding in report.findings:
            click.echo("\n".join(finding_lines(finding, f"vmstate replay {finding.case.id}.toml")))
            click.echo()
        click.echo("\n".join(summary_lines(report, None)))
    sys.exit(FOUND if report.findings else CLEAN)


def read_report(path: Path) -> tuple[str, CampaignReport]:
    """Return the text of a report.json, or of the one in a folder, and what it holds.

    Raises:
        ConfigError: there is none, or none that this release reads.
    """
    file = path / "report.json" if path.is_dir() else path
    try:
        text = file.read_text("utf-8")
        return text, _read_report(text)
    except (OSError, ValueError, msgspec.MsgspecError) as err:
        raise ConfigError(
            f"{file}: not a readable report: {err}",
            "pytest --vmstate-fuzz --vmstate-report DIR writes them",
        ) from err


def _read_report(text: str) -> CampaignReport:
    """Return the report that *text* holds.

    Raises:
        ValueError: it is of another schema or version.
        msgspec.MsgspecError: it is no report at all.
    """
    head = msgspec.json.decode(text)
    found = (head.get("schema"), head.get("schema_version")) if isinstance(head, dict) else head
    if found != (SCHEMA, SCHEMA_VERSION):
        raise ValueError(f"schema {found!r}, expected {(SCHEMA, SCHEMA_VERSION)!r}")
    return msgspec.json.decode(text, type=CampaignReport)
