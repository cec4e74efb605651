"""``vmstate noise``: what of a guest differs by itself, without any reload."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import msgspec

from harness.cli.choosing import choosing_options, chosen_jobs
from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.errors import GuestError, HarnessError
from harness.guests.factory import GuestSpec
from harness.job import Job
from harness.learning import learn
from harness.noise import Noise, Source, known_sources, noise_of
from harness.reach import vocabulary_of
from harness.round import drawn
from harness.strategies import traces


@click.command("noise")
@choosing_options
@click.option(
    "--traces",
    "count",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    metavar="N",
    help="So many for each device; each is run four times from power-on.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a device.")
def command(
    guests: tuple[str, ...],
    devices: tuple[str, ...],
    qemus: tuple[Path, ...],
    count: int,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Find what a guest answers otherwise although the same is done to it.

    Nothing is reloaded: each trace is run from power-on, in processes of its own: twice alike,
    with other random numbers, and slowly, so that the host's clock goes further while the
    guest's does not. Named are the registers and fields that come apart, and why.

    Exit status: 0 nothing differs by itself but what is known to, 1 something does, 2 a guest or a
    device could not be used.
    """
    has_found, known = False, known_sources()
    try:
        for spec, job in chosen_jobs(guests, qemus, devices, seed):
            try:
                noise = _noise(spec, job, count)
            except GuestError as error:
                # A device that can't be looked at says nothing of the others.
                click.echo(_untested(job, str(error), as_json=as_json))
                continue
            has_found |= any(one not in known for one in noise.sources)
            lines = [_document(job, noise)] if as_json else _lines(job, noise, count, known)
            click.echo("\n".join(lines))
    except HarnessError as error:
        click.echo(str(error), err=True)
        sys.exit(COULD_NOT_RUN)
    sys.exit(FOUND if has_found else CLEAN)


def _noise(spec: GuestSpec, job: Job, count: int) -> Noise:
    with spec.make() as guest:
        vocabulary = vocabulary_of(guest, job, learn)
        if vocabulary.is_empty:
            raise GuestError("none of its registers can be reached safely")
        guest.restart()
        # What is looked at once has a known layout from then on.
        guest.inspect()
        chosen = drawn(traces(vocabulary), seed=job.derived_seed(0), count=count)
        noise = noise_of(guest, chosen)
    if len(noise.ended) == len(chosen):
        raise GuestError(f"no trace of it is survived: {noise.ended[-1]}")
    return noise


def _lines(job: Job, noise: Noise, count: int, known: Mapping[Source, str]) -> Iterator[str]:
    ended = f"; {len(noise.ended)} of {count} traces ended the guest" if noise.ended else ""
    yield f"{job.guest} {job.device}: {len(noise.sources)} that differ by themselves{ended}"
    for one in sorted(noise.sources):
        why = f"  ({known[one]})" if one in known else ""
        yield f"  {one.origin:<14}  {one.owner} {one.place}{why}"


def _untested(job: Job, why: str, *, as_json: bool) -> str:
    if as_json:
        return _document(job, Noise(frozenset(), ()), why)
    return f"{job.guest} {job.device}: NOT TESTED: {' '.join(why.split())}"


def _document(job: Job, noise: Noise, why: str = "") -> str:
    return msgspec.json.encode(
        {
            "schema": "vmstate-noise",
            "schema_version": 1,
            "guest": job.guest,
            "device": job.device,
            "why": why,
            "sources": sorted(noise.sources),
            "ended": noise.ended,
        }
    ).decode()
