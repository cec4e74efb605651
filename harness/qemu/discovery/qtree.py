"""Device trees: which buses and devices a machine has, read from ``info qtree``.

Pure: text in, a tree out.  Only names and types are kept, no property.

Source: QEMU 7.2 softmmu/qdev-monitor.c (system/ since 9.0), qtree_print and qbus_print.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LINE = re.compile(
    r"^(?P<indent> *)"
    r'(?:dev: (?P<dev>[^,]+), id "(?P<id>[^"]*)"|bus: (?P<bus>.+)|type (?P<type>\S+))$'
)


@dataclass(slots=True)
class Device:
    """A device in the tree: its QOM type, its id (may be empty), the buses that it offers."""

    type: str
    id: str
    buses: list[Bus] = field(default_factory=list)

    def types(self) -> Iterator[str]:
        """Yield the types of it and of all devices below it."""
        yield self.type
        for bus in self.buses:
            for device in bus.devices:
                yield from device.types()


@dataclass(slots=True)
class Bus:
    """A bus in the tree: its name, as for ``bus=``, its QOM type, what sits on it."""

    name: str
    type: str = ""
    devices: list[Device] = field(default_factory=list)


def read_qtree(text: str) -> list[Bus]:
    """Return the buses at the root of the tree.

    Lines that are neither a bus nor a device belong to properties and are passed over.
    """
    roots: list[Bus] = []
    open_nodes: list[tuple[int, Bus | Device]] = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        indent = len(match["indent"])
        while open_nodes and open_nodes[-1][0] >= indent:
            open_nodes.pop()
        above = open_nodes[-1][1] if open_nodes else None
        if match["type"]:
            if isinstance(above, Bus) and not above.type:
                above.type = match["type"]
        elif match["bus"]:
            bus = Bus(match["bus"])
            (above.buses if isinstance(above, Device) else roots).append(bus)
            open_nodes.append((indent, bus))
        elif isinstance(above, Bus):
            device = Device(match["dev"], match["id"])
            above.devices.append(device)
            open_nodes.append((indent, device))
    return roots


def buses(roots: list[Bus]) -> Iterator[Bus]:
    """Yield every bus of the tree, from the top down."""
    for bus in roots:
        yield bus
        for device in bus.devices:
            yield from buses(device.buses)


def find_device(roots: list[Bus], name: str) -> Device | None:
    """Return the device whose id is *name*; None if the tree has none."""
    for bus in buses(roots):
        for device in bus.devices:
            if device.id == name:
                return device
    return None
