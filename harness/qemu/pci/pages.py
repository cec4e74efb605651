"""Configuration pages: whose a function is, and its configuration space as a region.

Pure.  A region with a page for every function belongs to the host bridge in QEMU's tree, and
so does a pair of registers that reaches them one by one; what is behind belongs to the devices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from harness.command import Space
from harness.qemu.byteorder import Orders
from harness.qemu.pci.config import Access, Pair
from harness.qemu.pci.function import Address, Function
from harness.qemu.pci.host import DATA
from harness.qemu.pci.places import PciPlace
from harness.regions import PAGE, Owner, Region

#: Bytes of it that are reached: extended space holds what few devices have.
SIZE = 256
_PERIPHERAL = "/machine/peripheral"


def named(
    functions: Iterable[Function],
    places: Iterable[PciPlace],
    addresses: Mapping[str, int],
    types: Mapping[str, str],
    host: str = "",
) -> tuple[Function, ...]:
    """Return *functions* with path and type where these can be told.

    Args:
        functions: as the firmware found them, behind one host bridge.
        places: all of the machine as QEMU numbers them, with ids; several bridges may have the
            same numbers.
        addresses: device and function number of each PCI device, by QOM path.
        types: QOM type of each object, by path.
        host: QOM path of the bridge.
    """
    names: dict[Address, list[str]] = {}
    for place in places:
        at = Address(place.bus, place.device, place.function)
        names.setdefault(at, []).append(place.id)
    ids = {at: found[0] for at, found in names.items() if len(found) == 1}

    def path_of(function: Function) -> str:
        at = function.address
        if ids.get(at):
            return f"{_PERIPHERAL}/{ids[at]}"
        number = at.device << 3 | at.function
        found = [
            path
            for path, address in addresses.items()
            if address == number and not path.startswith(f"{_PERIPHERAL}/")
        ]
        if len(found) > 1 and host:
            found = [path for path in found if path.startswith(f"{host}/")]
        return found[0] if at.bus == 0 and len(found) == 1 else ""

    paths = [(function, path_of(function)) for function in functions]
    return tuple(
        replace(function, path=path, type=types[path]) if path in types else function
        for function, path in paths
    )


def with_pages(
    regions: Iterable[Region],
    access: Access,
    functions: Iterable[Function],
    owner_of: Callable[[str], Owner],
    orders: Orders,
) -> tuple[Region, ...]:
    """Return *regions* with a page for each function in the place of the one for all.

    Args:
        regions: of the whole machine.
        access: how configuration space is reached.
        functions: those that have a page, if it is known whose they are.
        owner_of: tells the owner by QOM path.
        orders: in which order the guest's commands have their bytes.
    """
    via = access.via(orders) if isinstance(access, Pair) else None
    space: Space = via.space if via else "memory"
    pages = tuple(
        Region(space, access.page(one.address), SIZE, PAGE, 0, owner_of(one.path), via)
        for one in functions
        if one.path
    )
    if via and not pages:
        return tuple(regions)
    return (*(one for one in regions if not _is_all(one, access)), *pages)


def _is_all(region: Region, access: Access) -> bool:
    """Return whether *region* is there to reach all pages, and nothing else."""
    if isinstance(access, Pair):
        is_there = (region.space, region.start) == (access.space, access.data)
        return is_there and region.name.partition("@")[0] == DATA
    return region.space == "memory" and region.start <= access.base < region.end
