"""``vmstate replay``: case files, carried out again."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.corpus import Outcome, read_case, replay
from harness.errors import HarnessError
from harness.guests.factory import spec_of_case


@click.command("replay")
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--qemu", type=click.Path(path_type=Path), help="QEMU binary to use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a case.")
def command(cases: tuple[Path, ...], qemu: Path | None, *, as_json: bool) -> None:
    """Replay case files; 1 if one fails, 2 if one could not be run."""
    status = CLEAN
    for path in cases:
        try:
            case = read_case(path)
            with spec_of_case(case, (qemu,) if qemu else ()).make() as guest:
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
