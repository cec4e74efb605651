"""Firmware: finds the functions behind a host bridge and gives their registers addresses.

QEMU leaves base address registers unassigned without a firmware of the guest's own.  What
has to be written is kept as qtest commands, so that a trace can carry them and a
reproducer needs nothing else.

Source: PCI Local Bus Specification 3.0, 6.2.5; PCI-to-PCI Bridge Architecture
Specification 1.2, 3.2.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.command import Command
from harness.qemu.pci import chipset
from harness.qemu.pci.config import Access, Pair
from harness.qemu.pci.function import Address, Bar, Capability, Function
from harness.qemu.pci.host import Host, Window

#: Sends commands; returns the answer of each, 0 for one that has none.
Run = Callable[[Sequence[Command]], Sequence[int]]

_DEVICES, _FUNCTIONS = 32, 8
_MULTIFUNCTION, _BRIDGE = 0x80, 1
_COMMAND, _HEADER, _BARS, _CAPABILITIES = 0x04, 0x0C, 0x10, 0x34
_BUS_NUMBERS, _IO_WINDOW, _MEMORY_WINDOW, _PREFETCH_WINDOW = 0x18, 0x1C, 0x20, 0x24
#: I/O space, memory space and bus mastering.
_ENABLED = 0x7
_HAS_CAPABILITIES = 1 << 4
_IS_IO, _IS_64_BIT = 1, 4
#: What the windows of a bridge begin and end at.
_MEMORY_STEP, _IO_STEP = 1 << 20, 1 << 12
#: A window that is closed: its base is above its limit.
_CLOSED = 0x0000FFF0
_CONFIG_BYTES = 256
#: A machine of ours has few; what seems to have more of them leads in a circle.
_MOST_BRIDGES = 64
_LAST_BUS = 0xFF
_HOST_BRIDGE = 0x0600


@dataclass(frozen=True, slots=True)
class Firmware:
    """What was found, and what was written.

    Attributes:
        setup: commands that give every register its address, from power-on; those that make
            sense only together are one group.
        functions: all functions, in the order in which they were found.
        access: how configuration space is reached once *setup* has been sent.
    """

    setup: tuple[tuple[Command, ...], ...]
    functions: tuple[Function, ...]
    access: Access


class _Room:
    """Gives out addresses of one window, from its beginning."""

    def __init__(self, window: Window | None) -> None:
        self.window = window
        self._next = window.bus if window else 0

    def align(self, step: int) -> int:
        """Go on at the next multiple of *step*; return it."""
        self._next = -(-self._next // step) * step
        return self._next

    def take(self, size: int) -> int | None:
        """Return where *size* bytes, a power of two, are put; None where they don't fit."""
        if self.window is None:
            return None
        # What lies at zero counts as not assigned.
        start = -(-max(self._next, size) // size) * size
        if start + size > self.window.bus + self.window.size:
            return None
        self._next = start + size
        return start


class _Builder:
    def __init__(self, host: Host, run: Run, roots: Iterable[int]) -> None:
        self._roots = frozenset(roots)
        self._access = host.access
        self._run = run
        self._memory, self._ports = _Room(host.memory), _Room(host.ports)
        self._last_bus = self._bridges = 0
        self.setup: list[tuple[Command, ...]] = []
        self.functions: list[Function] = []

    def _read_all(self, places: Iterable[tuple[Address, int]]) -> list[int]:
        """Read double words of configuration space, all in one exchange."""
        reads = [self._access.read(of, offset) for of, offset in places]
        answers = iter(self._run([command for read in reads for command in read]))
        return [[next(answers) for _ in read][-1] for read in reads]

    def _write(self, of: Address, offset: int, value: int, size: int = 4) -> None:
        """Write for good."""
        commands = self._access.write(of, offset, value, size)
        self._run(commands)
        self.setup.append(commands)

    def build(self, bus: int) -> None:
        """Find and map what is on *bus* and behind its bridges."""
        self._last_bus = max(self._last_bus, bus)
        found = [self._identify(address) for address in self._scan(bus)]
        for function in found:
            for commands in chipset.commands(function, self._access):
                self._run(commands)
                self.setup.append(commands)
        for function in found:
            if function.header_type == _BRIDGE:
                self._bridge(function)
            else:
                self.functions.append(self._map(function, bars=6))

    def _scan(self, bus: int) -> Iterator[Address]:
        firsts = [Address(bus, device) for device in range(_DEVICES)]
        ids = self._read_all((first, 0) for first in firsts)
        for first, identity in zip(firsts, ids, strict=True):
            if identity & 0xFFFF in (0xFFFF, 0):
                continue
            yield first
            (header,) = self._read_all([(first, _HEADER)])
            if header >> 16 & _MULTIFUNCTION:
                others = [replace(first, function=number) for number in range(1, _FUNCTIONS)]
                for other, found in zip(
                    others, self._read_all((other, 0) for other in others), strict=True
                ):
                    if found & 0xFFFF not in (0xFFFF, 0):
                        yield other

    def _identify(self, address: Address) -> Function:
        words = self._read_all((address, offset) for offset in range(0, _CONFIG_BYTES, 4))
        space = b"".join(word.to_bytes(4, "little") for word in words)
        header_type = words[_HEADER // 4] >> 16 & 0x7F
        return Function(
            address=address,
            vendor_id=words[0] & 0xFFFF,
            device_id=words[0] >> 16,
            class_code=words[2] >> 8,
            header_type=header_type,
            subsystem_id=words[0x2C // 4] >> 16 if header_type == 0 else 0,
            capabilities=_capabilities(space),
            bars=self._fixed(words[0], space),
        )

    def _fixed(self, identity: int, space: bytes) -> tuple[Bar, ...]:
        """Return the registers that a chipset's function has without our doing."""
        found = chipset.ports(identity & 0xFFFF, identity >> 16, space)
        window = self._ports.window
        if found is None or window is None:
            return ()
        index, port, size = found
        return (Bar(index, window.space, port - window.bus + window.address, size),)

    def _map(self, function: Function, bars: int) -> Function:
        """Give the base address registers of *function* addresses and switch it on."""
        of = function.address
        if function.class_code >> 8 == _HOST_BRIDGE:
            return function
        offsets = [_BARS + 4 * index for index in range(bars)]
        before = self._read_all((of, offset) for offset in offsets)
        for offset in offsets:
            self._run(self._access.write(of, offset, 0xFFFF_FFFF))
        masks = self._read_all((of, offset) for offset in offsets)
        for offset, value in zip(offsets, before, strict=True):
            self._run(self._access.write(of, offset, value))
        mapped: list[Bar] = []
        index = 0
        while index < bars:
            is_io = bool(before[index] & _IS_IO)
            is_wide = not is_io and before[index] & 6 == _IS_64_BIT and index + 1 < bars
            bar = self._place(index, masks[index], is_io=is_io)
            if bar is not None:
                room = self._ports if is_io else self._memory
                assert room.window is not None  # what was placed has a window
                self._write(of, offsets[index], bar.address - room.window.address + room.window.bus)
                if is_wide:
                    self._write(of, offsets[index + 1], 0)
                mapped.append(bar)
            index += 2 if is_wide else 1
        self._write(of, _COMMAND, _ENABLED)
        return replace(function, bars=(*mapped, *function.bars))

    def _place(self, index: int, mask: int, *, is_io: bool) -> Bar | None:
        bits = mask & (0xFFFC if is_io else 0xFFFF_FFF0)
        if not bits:
            return None
        size = bits & -bits
        room = self._ports if is_io else self._memory
        start = room.take(size)
        if start is None or room.window is None:
            return None
        window = room.window
        return Bar(index, window.space, start - window.bus + window.address, size)

    def _bridge(self, function: Function) -> None:
        """Number the bus behind a bridge, map what is there, and open its windows."""
        of = function.address
        self.functions.append(function)
        place = len(self.functions) - 1
        secondary = self._last_bus + 1
        while secondary in self._roots:
            secondary += 1
        if self._bridges >= _MOST_BRIDGES or secondary > _LAST_BUS:
            return
        self._bridges += 1
        self._write(of, _BUS_NUMBERS, of.bus | secondary << 8 | 0xFF << 16)
        memory, ports = self._memory.align(_MEMORY_STEP), self._ports.align(_IO_STEP)
        self.functions[place] = self._map(function, bars=2)
        memory = self._memory.align(_MEMORY_STEP) if self.functions[place].bars else memory
        self.build(secondary)
        memory_end = self._memory.align(_MEMORY_STEP)
        ports_end = self._ports.align(_IO_STEP)
        self._write(of, _BUS_NUMBERS, of.bus | secondary << 8 | self._last_bus << 16)
        self._write(of, _MEMORY_WINDOW, _window(memory, memory_end))
        self._write(of, _PREFETCH_WINDOW, _CLOSED)
        io_window = _CLOSED >> 8 & 0xF0
        if ports_end > ports:
            io_window = ports >> 8 & 0xF0 | ports_end - 1 & 0xF000
        self._write(of, _IO_WINDOW, io_window)


def _window(start: int, end: int) -> int:
    """Return base and limit of a bridge's window of memory, closed if it is empty."""
    if end <= start:
        return _CLOSED
    return start >> 16 & 0xFFF0 | end - 1 & 0xFFF0_0000


def _capabilities(space: bytes) -> tuple[Capability, ...]:
    """Return the list of capabilities of a configuration space."""
    offsets: list[int] = []
    if space[6] & _HAS_CAPABILITIES:
        offset = space[_CAPABILITIES] & 0xFC
        while offset >= 0x40 and offset not in offsets:
            offsets.append(offset)
            offset = space[offset + 1] & 0xFC
    ends = sorted([*offsets, len(space)])
    return tuple(
        Capability(space[offset], offset, space[offset : ends[ends.index(offset) + 1]])
        for offset in offsets
    )


def boot(host: Host, run: Run, roots: Iterable[int] = (0,)) -> Firmware:
    """Map all functions behind *host*.

    Args:
        host: the bridge.
        run: sends commands to the machine, which stands at power-on.
        roots: numbers of the buses that no bridge leads to.

    No tree says in which order a register in memory takes its bytes: where nothing answers,
    the other one is tried.
    """
    firmware = _booted(host, run, sorted(roots))
    access = host.access
    if not firmware.functions and isinstance(access, Pair) and access.space == "memory":
        turned = replace(host, access=replace(access, is_turned=True))
        firmware = _booted(turned, run, sorted(roots))
    return firmware


def _booted(host: Host, run: Run, roots: Sequence[int]) -> Firmware:
    builder = _Builder(host, run, roots)
    if host.start:
        run(host.start)
        builder.setup.append(host.start)
    for root in roots:
        builder.build(root)
    functions = tuple(builder.functions)
    pages = chipset.pages(functions)
    return Firmware(tuple(builder.setup), functions, pages or host.access)
