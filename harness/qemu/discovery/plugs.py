"""Plugs: the devices that can be plugged into a machine, found out once and remembered.

Finding out how hundreds of devices are created takes a minute; the same binary always gives
the same answers, so they are kept in the user's cache.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
import platformdirs

from harness.errors import ConfigError
from harness.qemu.argv import Machine
from harness.qemu.binaries import dump_vmstate
from harness.qemu.discovery.attempt import DEADLINE_S
from harness.qemu.discovery.catalogue import Catalogue
from harness.qemu.discovery.explorer import Explorer
from harness.qemu.discovery.inquiry import catalogue
from harness.qemu.discovery.sections import Sections
from harness.qemu.discovery.verdict import State, judge
from vmstate.dump import read_dump

#: Raised whenever what is remembered means something else, or was found out in another way.
_FORMAT = 6
_WORKERS = 2


class Plug(msgspec.Struct, frozen=True, kw_only=True):
    """A type of device that can be plugged in.

    Attributes:
        name: its QOM type.
        arguments: what creates it with the id ``dut``.
        state: what the binary says of its state, see
            :class:`~harness.qemu.discovery.verdict.State`.
        untested: why there is nothing to test; empty where there is.
    """

    name: str
    arguments: tuple[str, ...]
    state: str
    untested: str = ""


def find_plugs(machine: Machine, patterns: Sequence[str]) -> tuple[Plug, ...]:
    """Return the devices whose type matches one of *patterns*, in the order of QEMU's list.

    Args:
        machine: without the device.
        patterns: names, or patterns as in a shell.

    Raises:
        ConfigError: a pattern matches no device of the binary.
        GuestError: the machine does not start, or the binary can't be executed.
    """
    with _memory(machine) as memory:
        offered = catalogue(machine.binary) if not memory.names else None
        names = memory.names or tuple(offered.devices if offered else ())
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in names):
                raise ConfigError(
                    f"there is no device {pattern!r} in {machine.binary}",
                    "vmstate qemu devices lists those that there are",
                )
        wanted = [name for name in names if any(fnmatchcase(name, one) for one in patterns)]
        missing = [name for name in wanted if name not in memory.plugs]
        if missing:
            found, is_certain = _explore(machine, offered or catalogue(machine.binary), missing)
            plugs = memory.plugs | {plug.name: plug for plug in found}
            if is_certain:
                memory.plugs = plugs
        else:
            plugs = memory.plugs
        memory.names = names
    return tuple(plugs[name] for name in wanted)


def _explore(machine: Machine, offered: Catalogue, names: Sequence[str]) -> tuple[list[Plug], bool]:
    """Return the plugs *names*, and whether they are worth being remembered.

    They are not where somebody killed what was tried, for it is not known what would have come
    of it.
    """
    dump = read_dump(dump_vmstate(machine.binary))
    explorer = Explorer(machine, offered, DEADLINE_S)
    sections = Sections(machine, offered, DEADLINE_S)
    plugs = []
    for trial in explorer.explore(names, _WORKERS):
        verdict = judge(trial, offered, dump, sections.added, explorer.bare.blockers)
        untested = ""
        if not verdict.created:
            untested = f"it can't be created: {verdict.words}"
        elif verdict.state is State.UNMIGRATABLE:
            untested = f"a machine with it can't be saved: {verdict.words}"
        plugs.append(
            Plug(
                name=verdict.name,
                arguments=verdict.arguments,
                state=verdict.state.value,
                untested=untested,
            )
        )
    return plugs, not (explorer.is_disturbed or sections.is_disturbed)


class _Memory(msgspec.Struct):
    """What is remembered of one machine."""

    names: tuple[str, ...] = ()
    plugs: dict[str, Plug] = {}


@contextmanager
def _memory(machine: Machine) -> Iterator[_Memory]:
    """Hold what is remembered of *machine*; one process at a time, so that none asks twice."""
    path = _path(machine)
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_suffix(".lock").open("w")
    with lock:
        with _explained(path):
            fcntl.flock(lock, fcntl.LOCK_EX)
            memory = _read(path)
        yield memory
        with _explained(path):
            new = path.with_suffix(".new")
            new.write_bytes(msgspec.json.encode(memory))
            new.replace(path)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say of what goes wrong with files that it is the cache's."""
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"can't keep what devices there are in {path.parent}: {error.strerror or error}",
            "set XDG_CACHE_HOME to a folder that can be written",
        ) from error


def _read(path: Path) -> _Memory:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Memory)
    except (FileNotFoundError, msgspec.DecodeError):
        # What can't be read is found out again.
        return _Memory()


def _path(machine: Machine) -> Path:
    stamp = (
        _FORMAT,
        str(machine.binary.resolve()),
        machine.binary.stat().st_mtime_ns,
        machine.name,
        machine.devices,
        machine.memory_mb,
        machine.accelerator,
    )
    name = hashlib.sha256(repr(stamp).encode()).hexdigest()[:16]
    folder = platformdirs.user_cache_path("pytest-vmstate", appauthor=False) / "devices"
    return folder / f"{name}.json"
