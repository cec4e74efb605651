"""Reach: what a job may do to its guest, and what of its state is the job's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from harness.fields import DeviceState, LeafField
from harness.guest import Guest, Plugged
from harness.job import Job
from harness.learning import Learn, Lessons
from harness.qemu.drivers.board import board_works
from harness.regions import Owner
from harness.strategies import Vocabulary, spoilable
from harness.work import Work


def own_sections(guest: Guest, job: Job) -> tuple[tuple[str, int], ...] | None:
    """Return the sections of the job's device; empty for all, None where it has none."""
    if job.is_plugged:
        plugged = guest.plugged
        return (plugged.sections or None) if plugged is not None else None
    if job.owner is None:
        return ()
    owner = _owner(guest, job)
    return ((owner.section, owner.instance_id),) if owner and owner.section else None


def works_of(guest: Guest, job: Job) -> tuple[str, ...]:
    """Return the names of the drivers that put the job's device to work."""
    plugged = guest.plugged if job.is_plugged else None
    works = _board_works(guest, job) if plugged is None else plugged.works
    return tuple(work.name for work in works)


def spoils_of(guest: Guest, sections: Collection[tuple[str, int]]) -> list[LeafField]:
    """Return the fields of some sections, or of all, that can be spoilt; none if none can.

    Raises:
        GuestError: the guest can't be looked at.
    """
    if not guest.can_spoil:
        return []
    own = own_fields(guest.inspect(), sections)
    return own if spoilable(own) else []


def own_fields(state: DeviceState, sections: Collection[tuple[str, int]]) -> list[LeafField]:
    """Return the fields of some sections, by idstr and instance id; of all where none are named."""
    return [one for one in state.fields if not sections or one.key[:2] in sections]


def vocabulary_of(guest: Guest, job: Job, learn: Learn) -> Vocabulary:
    """Return what may be done, its registers having been learned; empty where nothing may.

    Args:
        guest: as it is at power-on.
        job: what is to be done.
        learn: learns registers.

    Raises:
        GuestError: it died or hung while they were learned.
    """
    nothing = Vocabulary((), (), (), has_clock=False, hazard=guest.hazard)
    if job.is_plugged:
        plugged = guest.plugged
        return nothing if plugged is None else _plugged_vocabulary(guest, plugged, learn)
    owner = None
    if job.owner is not None:
        owner = _owner(guest, job)
        if owner is None:
            return nothing
    lessons: Lessons = {}
    if owner is not None and not guest.restarts_quickly:
        # All registers of an in-process model are known, and near.
        lessons = learn(guest, guest.map.of(owner))
    vocabulary = Vocabulary.of_owner(
        guest.map, owner, has_clock=guest.has_clock, hazard=guest.hazard, lessons=lessons
    )
    return _working(vocabulary, _board_works(guest, job))


def _plugged_vocabulary(guest: Guest, plugged: Plugged, learn: Learn) -> Vocabulary:
    """Return what may be done to the device under test."""
    vocabulary = Vocabulary.of_plugged(
        plugged.regions,
        learn(guest, plugged.regions),
        has_clock=guest.has_clock,
        hazard=guest.hazard,
    )
    vocabulary = replace(vocabulary, sweep=(*vocabulary.sweep, *plugged.memory))
    return _working(vocabulary, plugged.works)


def _working(vocabulary: Vocabulary, works: tuple[Work, ...]) -> Vocabulary:
    """Return *vocabulary* with what drivers can have the device do."""
    return replace(
        vocabulary,
        start=tuple(command for work in works for command in work.start),
        requests=(*vocabulary.requests, *(work.request for work in works)),
        resume=tuple(command for work in works for command in work.resume),
    )


def _board_works(guest: Guest, job: Job) -> tuple[Work, ...]:
    """Return what drivers can have a built-in device do, if the job is about one."""
    owner = _owner(guest, job) if job.owner is not None else None
    if owner is None or job.is_plugged:
        return ()
    return board_works(guest.map, owner, has_clock=guest.has_clock)


def _owner(guest: Guest, job: Job) -> Owner | None:
    return next((o for o in guest.map.owners if (o.type, o.path) == job.owner), None)
