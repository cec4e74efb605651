"""Regions: where a guest's registers are, and whose they are.

A map of regions turns an address into a register: owner, region and offset.  Values
only; where the map comes from is the guest's business.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from harness.command import Command, Space

#: In which order the bytes of a command's value meet the addresses that it reaches.
ByteOrder = Literal["little", "big"]

#: Name of the region that a PCI function's configuration space is, and the bytes at its start
#: that are alike in all functions.
PAGE, PAGE_HEADER = "config", 64
#: Name of the region that RAM is where drivers have their rings and buffers.  A device shows there
#: what it did, at whatever address it was told: which byte does not tell one loss from another.
ARENA = "memory"


@dataclass(frozen=True, slots=True, order=True)
class Owner:
    """A device: its QOM type and path, and the section that carries its state.

    Attributes:
        type: QOM type, e.g. ``i8257``; ``unowned`` where the guest names none.
        path: QOM path, e.g. ``/machine/unattached/device[4]``; empty where unknown.
        section: idstr of its section in the stream, e.g. ``dma``; empty where it has none.
        instance_id: instance id of that section.
        described: whether its type has a description, or it has a section, as far as is known;
            what a device without any forgets is one finding.
    """

    type: str
    path: str = ""
    section: str = ""
    instance_id: int = 0
    described: bool = True


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """A run of addresses that one owner decodes.

    Attributes:
        space: ``io`` or ``memory``.
        start: first address.
        size: bytes.
        name: the region's own name, e.g. ``dma-cont``.
        offset: offset of *start* within the region as its owner counts.
        owner: whose it is.
    """

    space: Space
    start: int
    size: int
    name: str
    offset: int
    owner: Owner

    @property
    def end(self) -> int:
        """The address just past the region."""
        return self.start + self.size


@dataclass(frozen=True, slots=True, order=True)
class Register:
    """One byte of one region: what a byte address means."""

    owner: Owner
    region: str
    offset: int


class RegionMap:
    """All regions of a guest, looked up by address.

    Args:
        regions: in any order.
        orders: the byte order of commands, by address space; little-endian where it says
            nothing.
    """

    def __init__(
        self, regions: tuple[Region, ...], orders: Mapping[Space, ByteOrder] | None = None
    ) -> None:
        self.regions = tuple(sorted(regions))
        self.orders: Mapping[Space, ByteOrder] = orders or {}

    def bytes_of(self, command: Command, value: int) -> bytes:
        """Return the bytes at the addresses that *command* reaches, which it tells as *value*."""
        order = self.orders.get(command.space, "little") if command.space else "little"
        return value.to_bytes(command.size, order)

    @cached_property
    def _starts(self) -> dict[Space, tuple[list[int], list[Region]]]:
        table: dict[Space, tuple[list[int], list[Region]]] = {}
        for region in self.regions:
            starts, regions = table.setdefault(region.space, ([], []))
            starts.append(region.start)
            regions.append(region)
        return table

    def region_at(self, space: Space, address: int) -> Region | None:
        """Return the region that decodes *address*, or None."""
        starts, regions = self._starts.get(space, ([], []))
        index = bisect_right(starts, address) - 1
        if index >= 0 and address < regions[index].end:
            return regions[index]
        return None

    def reached(self, space: Space, start: int, end: int) -> list[Region]:
        """Return the regions that decode any address from *start* up to, without, *end*."""
        starts, regions = self._starts.get(space, ([], []))
        first = max(0, bisect_right(starts, start) - 1)
        last = bisect_left(starts, end)
        return [one for one in regions[first:last] if start < min(one.end, end)]

    def register_at(self, space: Space, address: int) -> Register | None:
        """Return the register byte at *address*, or None where nothing decodes it."""
        region = self.region_at(space, address)
        if region is None:
            return None
        return Register(region.owner, region.name, address - region.start + region.offset)

    @cached_property
    def owners(self) -> tuple[Owner, ...]:
        """Every owner, once, sorted."""
        return tuple(sorted({region.owner for region in self.regions}))

    def of(self, owner: Owner) -> tuple[Region, ...]:
        """Return the regions of *owner*."""
        return tuple(region for region in self.regions if region.owner == owner)
