"""Work: well-formed requests that a driver makes to a device from drawn bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.command import Command


@dataclass(frozen=True, slots=True)
class Work:
    """What a driver can have one device do.

    Attributes:
        name: of the driver, e.g. ``nvme``.
        start: brings the device to work from its state after reset.
        request: makes one request; the same bytes always make the same.
        resume: moves data on a device that is at work, with nothing set up anew: what a driver
            goes on with after a migration.  Empty where nobody knows how.
    """

    name: str
    start: tuple[Command, ...]
    request: Callable[[bytes], tuple[Command, ...]]
    resume: tuple[Command, ...] = ()
