"""Regions: where a guest's registers are, and whose they are.

A map of regions turns an address into a register: owner, region and offset.  Values
only; where the map comes from is the guest's business.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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


#: From here on addresses are no real ones: they stand for registers that are reached through a
#: pair.  Below are all that a processor has.
BEHIND = 1 << 62
#: The bit of what is selected without which a pair reaches nothing.
_ENABLE = 1 << 31


@dataclass(frozen=True, slots=True)
class Via:
    """Two registers behind which there are others: one selects a double word, one transfers.

    So does a PC reach the configuration space of PCI functions.  A map gives what is behind
    addresses of its own, from :data:`BEHIND` on: what is to be selected is added to that.

    Attributes:
        space: where the two are.
        index, data: their addresses.
        is_turned: whether what is selected stands in a command with its bytes reversed.

    Source: PCI Local Bus Specification 3.0, 3.2.2.3.2.
    """

    space: Space
    index: int
    data: int
    is_turned: bool = False

    @property
    def selecting(self) -> str:
        """The verb that selects."""
        return "outl" if self.space == "io" else "writel"

    def lowered(self, command: Command) -> tuple[Command, Command]:
        """Return what selects the register that *command* reaches, and what transfers."""
        byte = command.address % 4
        value = command.address - BEHIND - byte
        return (
            Command(self.selecting, (self.index, self._turned(value))),
            Command(command.verb, (self.data + byte, *command.operands[1:])),
        )

    def is_select(self, command: Command) -> bool:
        """Return whether *command* selects."""
        return command.verb == self.selecting and command.operands[0] == self.index

    def selected(self, command: Command) -> int | None:
        """Return the map's address of what *command* selects; None where that is nothing."""
        value = self._turned(command.value)
        return BEHIND + (value & ~3) if value & _ENABLE else None

    def transfers(self, command: Command) -> bool:
        """Return whether *command* reaches what is selected, and nothing else."""
        size = command.spec.size
        offset = command.address - self.data
        return command.space == self.space and bool(size) and 0 <= offset <= 4 - size

    def _turned(self, value: int) -> int:
        return int.from_bytes(value.to_bytes(4, "little"), "big") if self.is_turned else value


@dataclass(frozen=True, slots=True, order=True)
class Owner:
    """A device: its QOM type and path, and the section that carries its state.

    Attributes:
        type: QOM type, e.g. ``i8257``; ``unowned REGION`` where the guest names none.
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
        via: the pair through which it is reached; None where *start* is an address as any.
    """

    space: Space
    start: int
    size: int
    name: str
    offset: int
    owner: Owner
    via: Via | None = field(default=None, compare=False)

    @property
    def end(self) -> int:
        """The address just past the region."""
        return self.start + self.size

    @property
    def has_ports(self) -> bool:
        """Whether it has ports, of which most take narrow accesses only."""
        return self.space == "io" and self.via is None

    def lowered(self, command: Command) -> tuple[Command, ...]:
        """Return what a guest is sent for *command*, which reaches this region."""
        return self.via.lowered(command) if self.via else (command,)


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

    def lowered(self, commands: Iterable[Command]) -> tuple[Command, ...]:
        """Return what a guest is sent for *commands*: two for one that goes through a pair."""
        if not self._pairs:
            return tuple(commands)
        found: list[Command] = []
        for command in commands:
            # Every command that is drawn comes by here.
            place = command.operands[0] if command.operands else 0
            if isinstance(place, int) and place >= BEHIND and command.space:
                region = self.region_at(command.space, place)
                found += region.lowered(command) if region else (command,)
            else:
                found.append(command)
        return tuple(found)

    def raised(self, commands: Iterable[Command]) -> Iterator[Command]:
        """Yield what each of *commands* means: one that transfers reaches what was selected.

        What has been selected before the first of them is not known; then it stays as it is.
        """
        if not self._pairs:
            yield from commands
            return
        selected: dict[Via, int | None] = {}
        for command in commands:
            meant = command
            for pair in self._pairs:
                if pair.is_select(command):
                    selected[pair] = pair.selected(command)
                elif pair.transfers(command) and (base := selected.get(pair)) is not None:
                    address = base + command.address - pair.data
                    if self.region_at(pair.space, address):
                        meant = Command(command.verb, (address, *command.operands[1:]))
            yield meant

    def selects(self, command: Command) -> bool:
        """Return whether *command* does nothing but select what the next one reaches."""
        # Asked of every command that is run.
        return (command.verb, command.operands[:1]) in self._selectors

    def selected(self, command: Command) -> Region | None:
        """Return the region in which *command* selects something; None if it selects nothing."""
        for pair in self._pairs:
            if pair.is_select(command):
                address = pair.selected(command)
                return None if address is None else self.region_at(pair.space, address)
        return None

    def transfers(self, command: Command) -> bool:
        """Return whether *command* reaches what has been selected."""
        return any(pair.transfers(command) for pair in self._pairs)

    @cached_property
    def _selectors(self) -> frozenset[tuple[str, tuple[int]]]:
        return frozenset((pair.selecting, (pair.index,)) for pair in self._pairs)

    @cached_property
    def _pairs(self) -> tuple[Via, ...]:
        return tuple(dict.fromkeys(region.via for region in self.regions if region.via))

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
