"""Presence: what of a case a binary has not, so that there is nothing to replay.

A corpus is of many machines, and a binary has some of them.  That is no fault of either.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from harness.errors import GuestError
from harness.guests.factory import GuestSpec
from harness.qemu.discovery.inquiry import device_types, machine_types


def missing_of(spec: GuestSpec) -> str:
    """Return what the binaries of *spec* have not, in words; empty if they have all.

    One that can't be asked (7.2's for KVM alone starts nothing without it) is taken to have all:
    who runs the case will see.

    Raises:
        ConfigError: a binary does not list what it has.
    """
    wanted = {of.partition(",")[0] for flag, of in pairwise(spec.arguments) if flag == "-device"}
    for binary in (spec.binary, spec.loader):
        if binary is None:
            continue
        try:
            machines = _machines(binary.path)
        except GuestError:
            continue
        if spec.machine not in machines:
            return f"{binary.path.name} {binary.version_text} has no machine {spec.machine}"
        absent = sorted(wanted - _devices(binary.path)) if wanted else []
        if absent:
            return f"{binary.path.name} {binary.version_text} has no device {', '.join(absent)}"
    return ""


@lru_cache(maxsize=16)
def _machines(binary: Path) -> frozenset[str]:
    return frozenset(
        name for one in machine_types(binary) for name in (one.name, one.alias) if name
    )


@lru_cache(maxsize=16)
def _devices(binary: Path) -> frozenset[str]:
    return frozenset(device_types(binary))
