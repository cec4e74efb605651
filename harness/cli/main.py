"""The ``vmstate`` command and its subcommands."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from harness.corpus import Outcome, read_case, replay
from harness.errors import HarnessError
from harness.guests.factory import find_guests
from harness.reference import all_rows, reference
from harness.report.model import SCHEMA, SCHEMA_VERSION, CampaignReport
from harness.report.summary import summary_lines
from harness.report.text import finding_lines

CLEAN, FOUND, COULD_NOT_RUN = 0, 1, 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pytest-vmstate")
def main() -> None:
    """Find device state that a virtual machine loses when it is saved and loaded.

    The hunt itself is `pytest --vmstate-fuzz`.
    """


@main.command("replay")
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--qemu", type=click.Path(path_type=Path), help="QEMU binary to use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a case.")
def replay_command(cases: tuple[Path, ...], qemu: Path | None, *, as_json: bool) -> None:
    """Replay case files; 1 if one fails, 2 if one could not be run."""
    status = CLEAN
    for path in cases:
        try:
            case = read_case(path)
            guests = find_guests((case.guest.partition("@")[0],), (qemu,) if qemu else ())
            with guests.specs[0].make() as guest:
                result = replay(case, guest)
        except HarnessError as err:
            click.echo(str(err), err=True)
            status = COULD_NOT_RUN
            continue
        if as_json:
            row = {"case": case.id, "outcome": result.outcome.value, "why": result.why}
            click.echo(msgspec.json.encode(row).decode())
        else:
            click.echo(f"{result.outcome.value:<11} {case.id}: {result.why}")
        if result.outcome is Outcome.ERROR:
            status = COULD_NOT_RUN
        elif result.outcome not in (Outcome.PASSES, Outcome.FIXED):
            status = max(status, FOUND)
    sys.exit(status)


@main.command("report")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as it is.")
def report_command(path: Path, *, as_json: bool) -> None:
    """Show a report.json, or the one in a folder; 1 if it has findings."""
    file = path / "report.json" if path.is_dir() else path
    try:
        text = file.read_text("utf-8")
        report = _read_report(text)
    except (OSError, ValueError, msgspec.MsgspecError) as err:
        click.echo(f"{file}: not a readable report: {err}", err=True)
        sys.exit(COULD_NOT_RUN)
    if as_json:
        click.echo(text, nl=False)
    else:
        for finding in report.findings:
            click.echo("\n".join(finding_lines(finding, f"vmstate replay {finding.case.id}.toml")))
            click.echo()
        click.echo("\n".join(summary_lines(report, None)))
    sys.exit(FOUND if report.findings else CLEAN)


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


@main.command("guests")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def guests_command(*, as_json: bool) -> None:
    """List the guests that a campaign would use, and those that are missing."""
    guests = find_guests((), ())
    if as_json:
        names = [spec.name for spec in guests.specs]
        click.echo(msgspec.json.encode({"guests": names, "missing": guests.missing}).decode())
        return
    for spec in guests.specs:
        what = f"QEMU {spec.binary.version_text}, {spec.binary.path}" if spec.binary else "model"
        click.echo(f"{spec.name:<12} {what}")
    for name, why in guests.missing.items():
        click.echo(f"{name}: {why}")


@main.command("macros")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a macro.")
def macros_command(*, as_json: bool) -> None:
    """Print the reference of all VMSTATE macros, as docs/macros.md has it."""
    if as_json:
        for row in all_rows():
            click.echo(msgspec.json.encode(row._asdict()).decode())
    else:
        click.echo(reference(), nl=False)
