"""Inquiries: asks a binary which machines and devices it has, and what they take.

Runs it without a machine; nothing is created.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import ConfigError, DiedError, QmpError
from harness.qemu.argv import Machine
from harness.qemu.discovery.catalogue import Catalogue, DeviceType, read_help, read_properties
from harness.qemu.monitor import Monitor
from harness.qemu.process import Process
from harness.qemu.question import ask

#: Seconds that one question may take.
DEADLINE_S = 20.0

#: The machine that has nothing.
NO_MACHINE = "none"


@dataclass(frozen=True, slots=True, order=True)
class MachineType:
    """A machine type of a binary.

    Attributes:
        name: as for ``-M``.
        alias: its other name; empty for none.
        is_default: whether it is what one gets without ``-M``.
        is_deprecated: whether a later release drops it.
        cpu: type of the processor that it has unless told otherwise; empty for none.
        most_cpus: how many it takes.
    """

    name: str
    alias: str = ""
    is_default: bool = False
    is_deprecated: bool = False
    cpu: str = ""
    most_cpus: int = 1


def machine_types(binary: Path, deadline_s: float = DEADLINE_S) -> tuple[MachineType, ...]:
    """Return the machine types of *binary*, sorted by name.

    Raises:
        LaunchError: it can't be executed.
        DiedError: it ended, or did not answer in time.
    """
    (answer,) = _answers(binary, deadline_s, lambda it: [it.execute("query-machines")])
    return tuple(
        sorted(
            MachineType(
                name=str(item["name"]),
                alias=str(item.get("alias", "")),
                is_default=bool(item.get("is-default", False)),
                is_deprecated=bool(item.get("deprecated", False)),
                cpu=str(item.get("default-cpu-type", "")),
                most_cpus=int(str(item["cpu-max"])),
            )
            for item in answer
        )
    )


def device_types(binary: Path, deadline_s: float = DEADLINE_S) -> tuple[str, ...]:
    """Return the names of the types of devices that users of *binary* can create.

    Raises:
        ConfigError: it does not list its devices.
    """
    return tuple(device.name for device in read_help(_help(binary, deadline_s)))


def catalogue(binary: Path, deadline_s: float = DEADLINE_S) -> Catalogue:
    """Return the types of devices that users of *binary* can create, with their properties.

    A type that can't be asked for its properties is listed without: 7.2 ends when it is
    asked for one whose module is not installed.

    Raises:
        ConfigError: it does not list its devices.
        LaunchError: it can't be executed.
        DiedError: it ended, or did not answer in time.
    """
    listed = read_help(_help(binary, deadline_s))
    types = [
        item
        for items in _answers(
            binary,
            deadline_s,
            lambda it: [it.execute("qom-list-types", abstract=which) for which in (True, False)],
        )
        for item in items
    ]
    parents = {str(item["name"]): str(item.get("parent", "")) for item in types}
    devices: list[DeviceType] = []
    suspect = -1
    while len(devices) < len(listed):
        death = _add_properties(binary, devices, listed[len(devices) :], deadline_s)
        if death is None:
            break
        if len(devices) != suspect:
            # The first one that has no answer may be the one that ended it.
            suspect = len(devices)
        elif death.was_killed:
            raise death
        else:
            devices.append(listed[suspect])
    return Catalogue({device.name: device for device in devices}, parents)


def _add_properties(
    binary: Path, known: list[DeviceType], devices: Sequence[DeviceType], deadline_s: float
) -> DiedError | None:
    """Add *devices* with their properties to *known*; return what ended it before the last."""
    try:
        with _monitor(binary, deadline_s) as monitor:
            for device in devices:
                try:
                    answer = monitor.execute("device-list-properties", typename=device.name)
                except QmpError:
                    # Listed by -device help alone: a type whose module is missing.
                    answer = []
                known.append(replace(device, properties=read_properties(_items(answer))))
    except DiedError as error:
        return error
    return None


def _answers(
    binary: Path, deadline_s: float, question: Callable[[Monitor], list[object]]
) -> list[list[Mapping[str, object]]]:
    """Return what comes of asking *binary*, once more if somebody else ended it.

    Raises:
        LaunchError: it can't be executed.
        DiedError: it ended, or did not answer in time.
    """
    try:
        with _monitor(binary, deadline_s) as monitor:
            return list(map(_items, question(monitor)))
    except DiedError as error:
        if not error.was_killed:
            raise
    with _monitor(binary, deadline_s) as monitor:
        return list(map(_items, question(monitor)))


@contextmanager
def _monitor(binary: Path, deadline_s: float) -> Iterator[Monitor]:
    """Run *binary* without a machine.

    Raises:
        LaunchError: it can't be executed.
        DiedError: it ended, or did not answer in time.
    """
    machine = Machine(binary, NO_MACHINE)
    with Process(machine) as process, closing(Monitor(deadline_s)) as monitor:
        try:
            monitor.connect(process.qmp)
            yield monitor
        except (EOFError, TimeoutError) as error:
            status = process.status(within_s=1.0)
            raise DiedError(status, "the inquiry", process.log_tail()) from error


def _help(binary: Path, deadline_s: float) -> str:
    try:
        options = ("-M", NO_MACHINE, "-display", "none", "-device", "help")
        return ask(binary, *options, deadline_s=deadline_s).stdout
    except subprocess.TimeoutExpired as error:
        raise ConfigError(
            f"{binary} -device help did not end within {deadline_s:g} s",
            "name another qemu-system-* binary with --qemu PATH",
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{binary} can't be run: {error.strerror}",
            "name another qemu-system-* binary with --qemu PATH",
        ) from error


def _items(answer: object) -> list[Mapping[str, object]]:
    return [item for item in answer if isinstance(item, dict)] if isinstance(answer, list) else []
