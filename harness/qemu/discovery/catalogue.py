"""Catalogues: the types of devices that a binary offers, with bus, category and properties.

Pure: it reads what QEMU printed or answered, and asks nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.errors import ConfigError

#: Category of processors: their interfaces are no devices that registers are written to.
CPU_CATEGORY = "CPU"

# Source: QEMU 7.2 and 11.1 softmmu/qdev-monitor.c (system/ since 9.0), qdev_print_devinfos
# and qdev_print_devinfo.
_HEADING = re.compile(r"^(?P<category>\S.*) devices:$")
_ENTRY = re.compile(r'^name "(?P<name>[^"]+)"(?P<rest>.*)$')
_BUS = re.compile(r', bus (?P<bus>[^",]+?)(?=, |$)')


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a type of device.

    Attributes:
        name: as on the command line.
        type: QEMU's name of its type, e.g. ``uint32``, ``str``, ``link<memory-backend>``.
        description: what QEMU says of it; empty for most.
    """

    name: str
    type: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class DeviceType:
    """A type of device that ``-device`` takes.

    Attributes:
        name: its QOM type.
        category: QEMU's heading, e.g. ``Network``.
        bus: the type of bus that it sits on; empty for none.
        properties: what can be set.
    """

    name: str
    category: str
    bus: str = ""
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a binary offers.

    Attributes:
        devices: types of devices by name, in the order of QEMU's own list.
        parents: the QOM parent of every concrete type, by name.
    """

    devices: Mapping[str, DeviceType]
    parents: Mapping[str, str]

    def is_a(self, name: str, ancestor: str) -> bool:
        """Whether the QOM type *name* is *ancestor*, or derived from it."""
        seen = set()
        while name and name not in seen:
            if name == ancestor:
                return True
            seen.add(name)
            name = self.parents.get(name, "")
        return False

    def device(self, name: str) -> DeviceType:
        """Return the type called *name*.

        Raises:
            ConfigError: there is none that a user can create.
        """
        if name not in self.devices:
            raise ConfigError(
                f"there is no device {name!r} in this binary",
                "vmstate qemu devices lists those that there are",
            )
        return self.devices[name]


def read_help(text: str) -> tuple[DeviceType, ...]:
    """Return the types listed in what ``-device help`` printed, processors left out.

    A type with several categories is listed under each; the first one counts.

    Raises:
        ConfigError: there is not one in it.
    """
    category = ""
    found: dict[str, DeviceType] = {}
    for line in text.splitlines():
        if heading := _HEADING.match(line):
            category = heading["category"]
        elif (entry := _ENTRY.match(line)) and category != CPU_CATEGORY:
            bus = _BUS.search(entry["rest"])
            found.setdefault(
                entry["name"],
                DeviceType(entry["name"], category, bus["bus"] if bus else ""),
            )
    if not found:
        first = text.strip().splitlines()[0] if text.strip() else "nothing"
        raise ConfigError(
            f"-device help lists no device: it printed {first!r}",
            "name a whole qemu-system-* binary with --qemu PATH",
        )
    return tuple(found.values())


def read_properties(answer: Iterable[Mapping[str, object]]) -> tuple[Property, ...]:
    """Return the properties in an answer to ``device-list-properties``, sorted by name."""
    return tuple(
        sorted(
            (
                Property(str(item["name"]), str(item["type"]), str(item.get("description", "")))
                for item in answer
            ),
            key=lambda one: one.name,
        )
    )
