"""The plan: from options to jobs, one for each device of each guest.

Depends on the options, the guests' own maps and nothing else: a guest that is killed while it
is looked at is looked at again.  A plan can be written down, so that xdist's workers have that
of their controller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from harness.errors import ConfigError, DeadlineError, DiedError, GuestError
from harness.guest import Guest
from harness.guests.factory import GuestSpec, check_guest, find_guests
from harness.job import Job
from harness.options import Options
from harness.regions import Owner

#: Name of the job that reaches all devices of a machine at once.
MACHINE = "machine"
#: What a machine is saved under to see whether it can be.
_TAG = "vmstate_plan"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign does.

    Attributes:
        jobs: each with the spec of its guest.
        missing: guests that can't run, with why and the remedy.
    """

    jobs: tuple[tuple[Job, GuestSpec], ...]
    missing: dict[str, str]

    def to_json(self) -> bytes:
        """Return it as JSON."""
        return msgspec.json.encode(self, enc_hook=str)

    @classmethod
    def from_json(cls, data: bytes) -> Plan:
        """Return the plan that :meth:`to_json` wrote."""
        return msgspec.json.decode(data, type=cls, dec_hook=_path)


def _path(kind: type, value: object) -> object:
    """Return the only kind of value that JSON doesn't have."""
    return Path(str(value)) if kind is Path else value


def make_plan(options: Options) -> Plan:
    """Return the plan.

    Raises:
        ConfigError: a guest or a device that the user named is not there.
    """
    guests = find_guests(options.guests, options.qemus)
    jobs: list[tuple[Job, GuestSpec]] = []
    devices: set[str] = set()
    for spec in guests.specs:
        cycles = options.budget.cycles_for(spec.pace, len(guests.specs))
        refusal = ""
        try:
            planned, refusal = jobs_of(spec, options.seed)
        except GuestError as err:
            # What it has is not known, so this stands for whatever was wanted of it.
            why = f"what it has could not be found out: {err}"
            planned = chosen = [replace(_whole(spec, options.seed), untested=why)]
        else:
            devices |= {job.device for job in planned}
            chosen = [job for job in planned if is_wanted(job, options.devices)]
        share = max(1, cycles // max(1, sum(not job.untested for job in chosen)))
        share = 1 if refusal else share
        jobs += [(replace(job, cycles=0 if job.untested else share), spec) for job in chosen]
    if options.devices and not jobs:
        raise ConfigError(
            f"no guest has a device {' or '.join(map(repr, options.devices))}",
            f"there are: {', '.join(sorted(devices))}",
        )
    return Plan(tuple(_with_turns(jobs)), guests.missing)


def _with_turns(jobs: list[tuple[Job, GuestSpec]]) -> Iterator[tuple[Job, GuestSpec]]:
    """Yield *jobs*, each with how many there are to do from it on."""
    turns = sum(not job.untested for job, _ in jobs)
    for job, spec in jobs:
        yield replace(job, turns=max(1, turns)), spec
        turns -= not job.untested


def _refusal(guest: Guest, *, is_second: bool) -> str:
    """Return why *guest* can't be saved and loaded as it is at power-on; empty if it can.

    Then there is nothing to be learned about its devices, and one finding is enough: a cycle
    of the job :data:`MACHINE` is the whole of it.

    Args:
        guest: as it is at power-on.
        is_second: whether one that died or hung may be believed.

    Raises:
        GuestError: it died or hung, and should be looked at again; or somebody ended it.
    """
    try:
        guest.save(_TAG)
    except GuestError as error:
        _check_own(error, is_second=is_second)
        return f"the machine can't be saved as it is at power-on: {_first_line(error)}"
    try:
        guest.rewind(_TAG)
        # What a load put off comes before any answer.
        guest.execute(())
    except GuestError as error:
        _check_own(error, is_second=is_second)
        return f"the machine can't load its own state at power-on: {_first_line(error)}"
    return ""


def _check_own(error: GuestError, *, is_second: bool) -> None:
    """Raise *error* if it need not be the machine's own doing."""
    if error.was_killed or (not is_second and isinstance(error, (DiedError, DeadlineError))):
        raise error


def _first_line(error: GuestError) -> str:
    """Return how it failed, with the last words of a process that died."""
    last = error.log_tail.splitlines()[-1:] if isinstance(error, DiedError) else []
    return ": ".join(dict.fromkeys([str(error).splitlines()[0], *last]))


def _not_behind(job: Job, refusal: str) -> Job:
    """Return *job*, untested unless it is that of the machine or was untested before."""
    if job.device == MACHINE or job.untested:
        return job
    return replace(job, untested=refusal)


def device_names(owners: tuple[Owner, ...]) -> dict[Owner, str]:
    """Return a short name for each owner: its type, numbered where there are several."""
    counts = Counter(owner.type for owner in owners)
    seen: Counter[str] = Counter()
    names = {}
    for owner in sorted(owners, key=lambda o: (o.type, o.instance_id, len(o.path), o.path)):
        names[owner] = (
            owner.type if counts[owner.type] == 1 else f"{owner.type}[{seen[owner.type]}]"
        )
        seen[owner.type] += 1
    return names


def jobs_of(spec: GuestSpec, seed: int) -> tuple[list[Job], str]:
    """Return the jobs of one guest, and why it can't be cycled at all; empty if it can.

    Who dies while being looked at has a second chance: whatever is a guest's own doing, it
    does again.

    Raises:
        ConfigError: QEMU refuses the machine.
        GuestError: it died or hung while it was looked at, both times.
    """
    try:
        return _planned(spec, seed)
    except GuestError:
        return _planned(spec, seed, is_second=True)


def _planned(spec: GuestSpec, seed: int, *, is_second: bool = False) -> tuple[list[Job], str]:
    if spec.device:
        # Started when its turn comes: there may be hundreds.
        return [_plugged_job(spec, seed)], ""
    with check_guest(spec) as guest:
        jobs = _jobs(guest, spec, seed)
        refusal = _refusal(guest, is_second=is_second)
    return [_not_behind(job, refusal) for job in jobs] if refusal else jobs, refusal


def _whole(spec: GuestSpec, seed: int) -> Job:
    """Return the job that reaches all devices of a machine."""
    binary = str(spec.binary.path) if spec.binary else ""
    return Job(guest=spec.name, binary=binary, device=MACHINE, seed=seed)


def _plugged_job(spec: GuestSpec, seed: int) -> Job:
    """Return the job of the device that is plugged into *spec*."""
    return Job(
        guest=spec.name,
        binary=str(spec.binary.path) if spec.binary else "",
        device=spec.device,
        is_plugged=True,
        seed=seed,
        untested=spec.untested,
    )


def _jobs(guest: Guest, spec: GuestSpec, seed: int) -> list[Job]:
    """Return a job for each device of *guest*, and for each section that nothing reaches."""
    binary = str(spec.binary.path) if spec.binary else ""
    names = device_names(guest.map.owners)
    jobs = [
        Job(
            guest=spec.name,
            binary=binary,
            device=name,
            owner=(owner.type, owner.path),
            seed=seed,
        )
        for owner, name in sorted(names.items(), key=lambda item: item[1])
    ]
    jobs.append(_whole(spec, seed))
    reached = {(owner.section, owner.instance_id) for owner in names}
    for section, instance_id in guest.sections:
        if (section, instance_id) not in reached:
            suffix = f"[{instance_id}]" if instance_id else ""
            jobs.append(
                Job(
                    guest=spec.name,
                    binary=binary,
                    device=f"{section}{suffix}",
                    seed=seed,
                    untested="none of its state is behind a register that qtest reaches",
                )
            )
    return jobs


def is_wanted(job: Job, devices: tuple[str, ...]) -> bool:
    """Say whether *job*'s device is among the names or patterns *devices*; all are among none."""
    names = (job.device, job.device.partition("[")[0])
    # As a pattern, a name's own brackets would stand for a set of characters.
    return not devices or any(
        want in names or any(fnmatchcase(name, want) for name in names) for want in devices
    )
