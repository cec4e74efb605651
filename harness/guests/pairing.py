"""Pairing: which two releases a guest has whose state one saves and the other loads.

It knows binaries and the names of their machine types; what is done with them it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from harness.errors import ConfigError
from harness.qemu.binaries import Binary, find
from harness.qemu.discovery.inquiry import machine_types

#: What a machine type ends with that later releases have under the same name, and alike.
#: Source: QEMU 7.2 docs/about/build-platforms.rst, hw/i386/pc_piix.c, DEFINE_I440FX_MACHINE.
_VERSIONED = re.compile(r"-\d+\.\d+(\.\d+)?$")

Pair = tuple[Binary, Binary]


def release_of(binary: Binary) -> str:
    """Return its version as it is shown, e.g. ``7.2.22``."""
    return ".".join(map(str, binary.version))


def pairs(savers: Sequence[Binary], machine: str, to: str | Binary = "") -> list[Pair]:
    """Return who saves and who loads.

    Args:
        savers: those that the user named, or the usual one.
        machine: the machine type, which both must have.
        to: the one that loads, its version, or the beginning of that; empty for each of *savers*
            that is another one.

    Raises:
        ConfigError: there is no second one, or one of a pair does not have the machine.
    """
    found = list(_pairs(savers, to))
    if not found:
        there = ", ".join(_releases(savers[0].target))
        raise ConfigError(
            "reload=cross takes two QEMUs of one target, and there is only "
            f"{' and '.join(f'{one.target} {release_of(one)}' for one in savers)}",
            f"name another with --vmstate-qemu, or by its version, to=VERSION ({there})",
        )
    for saver, loader in found:
        _check(machine, saver, loader)
    return found


def _pairs(savers: Sequence[Binary], to: str | Binary) -> Iterator[Pair]:
    for saver in savers:
        if to:
            loader = named_release(saver.target, to, savers) if isinstance(to, str) else to
            yield saver, loader
            continue
        for loader in savers:
            if loader != saver and loader.target == saver.target:
                yield saver, loader


def named_release(target: str, version: str, first: Sequence[Binary] = ()) -> Binary:
    """Return a QEMU of *target* of that version.

    Args:
        target: the emulated architecture.
        version: e.g. ``11.1.3``, or the beginning of it, e.g. ``11.1``.
        first: those to be preferred.

    Raises:
        ConfigError: there is none; says which there are.
    """
    for binary in (*first, *find()):
        if binary.target == target and f"{release_of(binary)}.".startswith(f"{version}."):
            return binary
    raise ConfigError(
        f"there is no QEMU {version} of {target}; there are: {', '.join(_releases(target))}",
        "fetch it with vmstate qemu fetch debian:SUITE, or name it with --vmstate-qemu PATH",
    )


def _releases(target: str) -> Iterable[str]:
    return dict.fromkeys(release_of(one) for one in find() if one.target == target)


def _check(machine: str, saver: Binary, loader: Binary) -> None:
    """Raise ConfigError unless both have *machine*, and it means the same to both."""
    theirs = {one.name for one in machine_types(loader.path)}
    common = sorted(
        one.name
        for one in machine_types(saver.path)
        if one.name in theirs and _VERSIONED.search(one.name)
    )
    if machine not in common:
        raise ConfigError(
            f"the machine {machine!r} is not the same in QEMU {release_of(saver)} and "
            f"{release_of(loader)}: reload=cross takes a type with a version that both have",
            f"use one of {', '.join(common) or 'no type at all: they have none in common'}",
        )
