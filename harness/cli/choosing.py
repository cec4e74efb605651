"""The options of commands that look at devices one by one, and which devices those are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.errors import ConfigError
from harness.guests.factory import GuestSpec, find_guests
from harness.job import Job
from harness.plan import MACHINE, is_wanted, jobs_of

_Command = TypeVar("_Command", bound=Callable[..., Any])
#: Raises ConfigError for a guest that the command can't use.
Check = Callable[[GuestSpec], None]


def choosing_options(command: _Command) -> _Command:
    """Give *command* ``--guest``, ``--device``, ``--qemu`` and ``--seed``."""
    for option in (
        click.option("--seed", default=0, show_default=True, help="Of everything that is drawn."),
        click.option(
            "--qemu",
            "qemus",
            multiple=True,
            metavar="PATH",
            type=click.Path(path_type=Path),
            help="The binary, or debian:SUITE/TARGET; else that on PATH.",
        ),
        click.option(
            "--device",
            "devices",
            multiple=True,
            metavar="NAME",
            help="Only this one; may be repeated.",
        ),
        click.option(
            "--guest",
            "guests",
            multiple=True,
            metavar="SPEC",
            default=("qemu:pc",),
            show_default=True,
            help="As for --vmstate-guest; may be repeated.",
        ),
    ):
        command = option(command)
    return command


def chosen_jobs(
    guests: tuple[str, ...],
    qemus: tuple[Path, ...],
    devices: tuple[str, ...],
    seed: int,
    check: Check = lambda _: None,
) -> Iterator[tuple[GuestSpec, Job]]:
    """Yield a job for each device that is meant, each with its guest; none for whole machines.

    Raises:
        ConfigError: there is no such guest, or it has no such device, or it can't be used.
        GuestError: it died or hung while it was looked at.
    """
    found = find_guests(guests, qemus)
    for name, why in found.missing.items():
        raise ConfigError(f"{name}: {why}", "vmstate guests lists those that there are")
    names: set[str] = set()
    count = 0
    for spec in found.specs:
        check(spec)
        jobs, _ = jobs_of(spec, seed)
        # Each of its devices is looked at by itself.
        jobs = [job for job in jobs if job.device != MACHINE]
        names |= {job.device for job in jobs}
        for job in jobs:
            if not job.untested and is_wanted(job, devices):
                count += 1
                yield spec, job
    if not count:
        remedy = f"there are: {', '.join(sorted(names))}"
        raise ConfigError(f"no guest has a device {' or '.join(map(repr, devices))}", remedy)
