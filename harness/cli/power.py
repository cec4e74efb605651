"""``vmstate power``: how much of what could be lost would be noticed."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from harness.budget import Budget
from harness.cli.choosing import choosing_options, chosen_jobs
from harness.cli.status import CLEAN, COULD_NOT_RUN
from harness.corpus import Case, load_cases
from harness.errors import ConfigError, HarnessError
from harness.guests.factory import GuestSpec
from harness.job import Job
from harness.known import known_masks
from harness.power import Score, Trial, TrialSettings, Verdict, ratio
from harness.qemu.fresh import FreshGuest
from harness.rules import RULES

_RELOAD = "reload="
_FRESH = "reload=fresh"
#: What stands for fields whose loss could be seen.
_LOST: tuple[Verdict, ...] = ("killed", "resaved", "survived")


@click.command("power")
@choosing_options
@click.option(
    "--budget",
    default="30s",
    show_default=True,
    metavar="TIME",
    help="At most so long for each device.",
)
@click.option(
    "--corpus",
    default="corpus",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Known cases: what they hide is not counted as noticed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a device.")
def command(  # noqa: PLR0913 - one for each option
    guests: tuple[str, ...],
    devices: tuple[str, ...],
    qemus: tuple[Path, ...],
    budget: str,
    seed: int,
    corpus: Path,
    *,
    as_json: bool,
) -> None:
    """Measure, on any binary, how far a campaign that finds nothing can be trusted.

    Devices are brought away from power-on as in a campaign.  At a checkpoint, one field at a
    time is put back to what it is at power-on, in the stream and nowhere else: what a device
    shows that forgets this field.  Of each field that was away from power-on is said whether
    that was

    killed: the guest answers or interrupts otherwise, or refuses the state; this is what would
    be noticed of a field that no description has,

    resaved: it behaves as before, as far as was seen, and only saving it again shows the other
    value,

    survived: nothing shows it,

    equivalent: the guest has what it had, whatever the stream says: there is nothing to notice.

    Exit status: 0 measured, 2 a guest or a device could not be used.
    """
    scores: list[Score] = []
    try:
        seconds = _seconds(budget)
        cases = (*load_cases(RULES).values(), *load_cases(corpus).values())
        wanted = tuple(text if _RELOAD in text else f"{text},{_FRESH}" for text in guests)
        for spec, job in chosen_jobs(wanted, qemus, devices, seed, _check):
            score = _measured(spec, job, cases, seconds)
            scores.append(score)
            click.echo(_document(score) if as_json else _shown(score))
    except HarnessError as error:
        click.echo(str(error), err=True)
        sys.exit(COULD_NOT_RUN)
    if not as_json and len(scores) > 1:
        click.echo(f"all: {_summary(scores)}")
    sys.exit(CLEAN)


def _seconds(budget: str) -> float:
    """Return the seconds for each device.

    Raises:
        ConfigError: it is no time.
    """
    seconds = Budget.parse(budget).seconds
    if seconds is None:
        raise ConfigError(f"--budget {budget!r} is no time", "give one such as 30s or 10m")
    return seconds


def _check(spec: GuestSpec) -> None:
    """Look whether the state of such a guest can be changed on the way.

    Raises:
        ConfigError: it can't.
    """
    if spec.binary is None or spec.reload_mode != "fresh":
        remedy = "name a qemu: guest, with reload=fresh or nothing behind it"
        raise ConfigError(f"{spec.name}: its state can't be changed on the way", remedy)


def _measured(spec: GuestSpec, job: Job, cases: Sequence[Case], seconds: float) -> Score:
    with spec.make() as guest:
        if not isinstance(guest, FreshGuest):
            raise TypeError(f"{spec.name} is no guest whose state comes back in a new process")
        masks = known_masks(cases, guest.version, guest.spec, spec.arguments)
        settings = TrialSettings(stop_at=time.monotonic() + seconds)
        return Trial(guest, job, masks, settings).run()


def _shown(score: Score) -> str:
    head = f"{score.guest} {score.device}"
    if score.why:
        return f"{head}: NOT TESTED: {score.why}"
    lines = [f"{head}: {_summary([score])}"]
    for one in score.fields:
        if one.verdict != "not reached":
            note = one.shown or f"{one.trials} times"
            lines.append(f"  {one.verdict:<10} {one.name}  {note}")
    return "\n".join(lines)


def _summary(scores: list[Score]) -> str:
    noticed = sum(score.count("killed", "resaved") for score in scores)
    named = sum(score.named for score in scores)
    return (
        f"killed {ratio(scores, ('killed',), _LOST)}, "
        f"noticed {ratio(scores, ('killed', 'resaved'), _LOST)}, "
        f"named first {named} of {noticed}; "
        f"{sum(score.count('equivalent') for score in scores)} equivalent, "
        f"{sum(score.count('not reached') for score in scores)} not reached"
    )


def _document(score: Score) -> str:
    return msgspec.json.encode(
        {"schema": "vmstate-power", "schema_version": 1, **msgspec.to_builtins(score)}
    ).decode()
