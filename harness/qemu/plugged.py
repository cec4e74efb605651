"""What was plugged into a machine to be tested: whose registers count, and which sections.

Pure: it reads what the survey of the machine found out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from harness.command import Command
from harness.guest import Plugged
from harness.qemu.byteorder import Orders, spelt_work
from harness.qemu.discovery.recipe import IDENTITY
from harness.qemu.drivers import fw_cfg
from harness.qemu.drivers.driver import Arena
from harness.qemu.drivers.table import works
from harness.qemu.pci.function import Function
from harness.regions import Owner, Region
from harness.work import Work

SectionKey = tuple[str, int]

#: QOM path of the device under test; what it sits on has a number behind.
PATH = f"/machine/peripheral/{IDENTITY}"
#: What the paths begin with of devices that were created for its sake.
_HELPERS = f"{PATH}-"
#: QOM type of what has no state of its own, as that which holds the machine's own bus.
_CONTAINER = "container"
_SIZE_STEP = 1 << 16
_LEAST_ARENA = 1 << 20
_HIGH = 1 << 32
#: Offset and size of what is looked at in the arena.
_LOOKED_AT = ((0, 0x4000), (0x10000, 0x4000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What a machine has.

    Attributes:
        types: QOM type of each object, by path.
        regions: all its regions.
        homes: the section of each object that has one, by path.
        functions: the functions of its PCI devices.
        arena: memory that drivers may fill; None if there is too little.
        orders: the byte order of commands, by address space.
        host: path of the machine's own device on whose bus the device under test sits; empty
            where that is another one that was plugged in.
    """

    types: Mapping[str, str]
    regions: tuple[Region, ...]
    homes: Mapping[str, SectionKey]
    functions: tuple[Function, ...]
    arena: Arena | None
    orders: Orders = field(default_factory=dict)
    host: str = ""


def plugged(inventory: Inventory, added: Callable[[], Collection[SectionKey]]) -> Plugged | None:
    """Return the device under test; None if there is none.

    Args:
        inventory: of the machine with the device.
        added: tells the sections that the machine does not have without it.
    """
    types, homes = inventory.types, inventory.homes
    if PATH not in types:
        return None
    # What is another's describes it not, though it came with it: an expander's bridge.
    around = {home for path, home in homes.items() if not _is_own(path)}
    own = [home for path, home in homes.items() if _is_own(path)]
    found = _works(inventory)
    regions = [region for region in inventory.regions if _is_own(region.owner.path)]
    # What was put there to reach it, behind it, e.g. what speaks to its character device.
    regions = regions or [one for one in inventory.regions if one.owner.path.startswith(_HELPERS)]
    if not regions and not found:
        # What it does is seen where it sits: a disk has no registers but its controller's.
        regions = [one for one in inventory.regions if one.owner.path.startswith(PATH)]
        if not regions and inventory.host and types.get(inventory.host) != _CONTAINER:
            regions = [one for one in inventory.regions if one.owner.path == inventory.host]
            found = _works(inventory, inventory.host)
        if not (regions or found) and own and inventory.arena:
            # What sits on no bus is told by the guest where it has what it shows or reads.
            asked = fw_cfg.works(inventory.regions, inventory.arena)
            found = tuple(spelt_work(work, inventory.orders) for work in asked)
    return Plugged(
        type=types[PATH],
        path=PATH,
        regions=tuple(regions),
        sections=tuple(own or sorted(set(added()) - around)),
        works=found,
        memory=_reads(inventory.arena) if inventory.arena and found else (),
    )


def claimed(
    regions: Iterable[Region],
    without: Callable[[], Iterable[Region]],
    owner: Owner,
    functions: Iterable[tuple[Function, Owner]] = (),
) -> tuple[Region, ...]:
    """Return *regions*; those of nobody are *owner*'s where the machine has them with it only.

    But what lies behind a base address register is its function's.  Some devices name no owner
    of their regions.  Source: QEMU 7.2 hw/ipmi/ipmi_bt.c, ipmi_bt_get_fwinfo.

    Args:
        regions: of the machine with the device.
        without: tells those of the machine without it; asked only where it matters.
        owner: the device under test.
        functions: of PCI devices, and whose each is.
    """
    found = tuple(regions)
    if all(region.owner.path for region in found):
        return found
    before = {(one.space, one.start, one.size, one.name) for one in without()}
    behind = [(bar, device) for function, device in functions for bar in function.bars]

    def whose(one: Region) -> Owner:
        if one.owner.path or (one.space, one.start, one.size, one.name) in before:
            return one.owner
        for bar, device in behind:
            if bar.space == one.space and bar.address <= one.start < bar.address + bar.size:
                return device
        return owner

    return tuple(replace(one, owner=whose(one)) for one in found)


def _reads(arena: Arena) -> tuple[Command, ...]:
    """Return reads of where drivers have their rings, and their first buffers."""
    return tuple(Command("read", (arena.at(start, size), size)) for start, size in _LOOKED_AT)


def _works(inventory: Inventory, path: str = PATH) -> tuple[Work, ...]:
    functions = [one for one in inventory.functions if one.path.startswith(path)]
    found = works(functions, inventory.arena) if inventory.arena else ()
    return tuple(spelt_work(work, inventory.orders) for work in found)


def _is_own(path: str) -> bool:
    return path == PATH or path.startswith(f"{PATH}/")


def arena_in(ram: Iterable[tuple[int, int]]) -> Arena | None:
    """Return the largest run of RAM; None if drivers could not use it.

    One that 32 bits of address reach comes first: many bus masters have no more, and what lies
    above may be the device's own, of which not all is kept (virtio-mem sends no block that is
    not plugged).

    Args:
        ram: first address and size of each.
    """
    arenas = [arena for run in sorted(ram) if (arena := _arena(*run))]
    low = [arena for arena in arenas if arena.base < _HIGH]
    return max(low or arenas, key=lambda arena: arena.size, default=None)


def _arena(start: int, size: int) -> Arena | None:
    base = -(-start // _SIZE_STEP) * _SIZE_STEP
    # The highest addresses are left alone: some boards keep tables of their own there.
    room = size - (base - start) - _SIZE_STEP
    return Arena(base, room) if room >= _LEAST_ARENA else None
