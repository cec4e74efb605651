"""Places: where a machine says that its PCI functions are.

Reads an answer to ``query-pci``; asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, cast


class PciPlace(NamedTuple):
    """Where a PCI function is, and the ``id=`` of its device; empty for none."""

    bus: int
    device: int
    function: int
    id: str


def roots_in(buses: Sequence[Mapping[str, object]]) -> list[int]:
    """Return the numbers of the buses that no bridge leads to."""
    return [int(str(bus["bus"])) for bus in buses]


def places_in(buses: Sequence[Mapping[str, object]]) -> Iterator[PciPlace]:
    """Yield every function in an answer to ``query-pci``, those behind bridges included."""
    for bus in buses:
        for device in cast("list[dict[str, object]]", bus.get("devices", [])):
            at, slot, function = (int(str(device[name])) for name in ("bus", "slot", "function"))
            yield PciPlace(at, slot, function, str(device.get("qdev_id", "")))
            bridge = cast("dict[str, object]", device.get("pci_bridge", {}))
            yield from places_in([bridge])
