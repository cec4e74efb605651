"""``vmstate replay``: case files, carried out again."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.corpus import Case, Outcome, Replay, read_case, replay, stand_alone
from harness.errors import HarnessError
from harness.guests.factory import GuestSpec, spec_of_case
from harness.guests.pairing import release_of
from harness.guests.presence import missing_of


@click.command("replay")
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--qemu", type=click.Path(path_type=Path), help="QEMU binary to use.")
@click.option(
    "--standalone", is_flag=True, help="Run the case's own script, with nothing of this tool."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a case.")
def command(cases: tuple[Path, ...], qemu: Path | None, *, standalone: bool, as_json: bool) -> None:
    """Replay case files; 1 if one fails, 2 if one could not be run."""
    status = CLEAN
    for path in cases:
        try:
            case = read_case(path)
            spec = spec_of_case(case, (qemu,) if qemu else ())
            missing = missing_of(spec)
            if missing:
                result = Replay(Outcome.NOT_HERE, missing)
            else:
                result = (_alone if standalone else _replayed)(case, path, spec)
        except HarnessError as err:
            click.echo(str(err), err=True)
            status = COULD_NOT_RUN
            continue
        if as_json:
            row = {"case": case.id, "outcome": result.outcome.value, "why": result.why}
            click.echo(msgspec.json.encode(row).decode())
        else:
            click.echo(f"{result.outcome.value:<11} {case.id}: {result.why}")
        if result.outcome in (Outcome.ERROR, Outcome.NOT_HERE):
            status = COULD_NOT_RUN
        elif result.outcome not in (Outcome.PASSES, Outcome.FIXED):
            status = max(status, FOUND)
    sys.exit(status)


def _replayed(case: Case, _path: Path, spec: GuestSpec) -> Replay:
    with spec.make() as guest:
        return replay(case, guest)


def _alone(case: Case, path: Path, spec: GuestSpec) -> Replay:
    there = [one for one in (spec.binary, spec.loader) if one is not None]
    version = f"QEMU {release_of(there[0])}" if there else ""
    return stand_alone(case, path.with_suffix(".py"), [one.path for one in there], version)
