"""A board with PCI in Python: configuration spaces as bytes, with what of each byte sticks.

It answers the commands by which a firmware finds and maps functions; nothing lies behind
the registers that it maps.
"""

from dataclasses import dataclass, field

from harness.qemu.pci.config import Access, Pages

_ENABLE = 1 << 31
_OPEN = 0xFF
_SIZE = 256
IO, WIDE, PREFETCH = 1, 4, 8


@dataclass
class Chip:
    """The configuration space of a function, and what is behind it if it is a bridge."""

    space: bytearray
    sticks: bytearray
    behind: dict[tuple[int, int], "Chip"] | None = None

    def word(self, offset, size=4):
        return int.from_bytes(self.space[offset : offset + size], "little")


def chip(
    identity=0x1234_8086,
    class_code=0x02_0000,
    bars=None,
    *,
    is_multi=False,
    subsystem=0,
    capabilities=(),
    behind=None,
):
    """Return a function.

    Args:
        identity: device id and vendor id.
        class_code: 24 bits.
        bars: size and type bits by index.
        is_multi: whether it says that its device has more functions.
        subsystem: id of the subsystem.
        capabilities: offset, identifier and offset of the next one, of each.
        behind: what its secondary bus has; None for no bridge.
    """
    made = Chip(bytearray(_SIZE), bytearray(_SIZE), behind)

    def put(offset, value, size=4):
        made.space[offset : offset + size] = value.to_bytes(size, "little")

    def stick(offset, mask, size=4):
        made.sticks[offset : offset + size] = mask.to_bytes(size, "little")

    put(0, identity)
    put(8, class_code << 8)
    put(0x0E, (behind is not None) | is_multi << 7, 1)
    put(0x2C, subsystem << 16)
    stick(0x04, 0x0407, 2)
    if behind is not None:
        put(0x2C, 0)
        stick(0x18, 0x00FF_FFFF)
        stick(0x1C, 0xF0F0, 2)
        stick(0x20, 0xFFF0_FFF0)
        stick(0x24, 0xFFF0_FFF0)
    for index, (size, bits) in (bars or {}).items():
        at = 0x10 + 4 * index
        put(at, bits)
        mask = -size & ((1 << 64) - 1)
        stick(at, mask & 0xFFFF_FFFF)
        if bits & WIDE:
            stick(at + 4, mask >> 32)
    if capabilities:
        put(0x06, 0x10, 2)
        put(0x34, capabilities[0][0], 1)
    for offset, identifier, after in capabilities:
        put(offset, identifier, 1)
        put(offset + 1, after, 1)
    return made


@dataclass
class Board:
    """What one root bus has, or several.

    Attributes:
        access: the mechanism by which configuration space is reached.
        roots: the chips of each root bus, by device and function number.
        asked: addresses of functions that were read or written, in order.
    """

    access: Access
    roots: dict[int, dict[tuple[int, int], Chip]]
    asked: list[tuple[int, int, int]] = field(default_factory=list)
    _selected: int = 0

    def find(self, bus, device, function=0):
        """Return the chip at an address, by the bus numbers of now; None if there is none."""
        chips = self.roots.get(bus)
        if chips is None:
            every = [one for root in self.roots.values() for one in root.values()]
            chips = self._behind(every, bus)
        return chips.get((device, function)) if chips else None

    def _behind(self, chips, bus):
        for one in chips:
            if one.behind is None:
                continue
            secondary, subordinate = one.space[0x19], one.space[0x1A]
            if bus == secondary:
                return one.behind
            if secondary < bus <= subordinate:
                return self._behind(one.behind.values(), bus)
        return None

    def run(self, commands):
        """Run qtest commands; return the answer of each, 0 for a write."""
        return [self._one(command) for command in commands]

    def _one(self, command):
        if isinstance(self.access, Pages):
            assert command.space == "memory"
            at = command.address - self.access.base
            assert at >= 0
            number, offset = at >> self.access.shift, at & (1 << self.access.shift) - 1
            return self._access(command, number, offset)
        assert command.space == self.access.space
        if command.address == self.access.index:
            assert command.size == 4
            order = "big" if self.access.is_turned else "little"
            self._selected = int.from_bytes(command.value.to_bytes(4, "little"), order)
            return 0
        offset = command.address - self.access.data
        assert 0 <= offset < 4
        if not self._selected & _ENABLE:
            return (1 << 8 * command.size) - 1
        return self._access(command, self._selected >> 8 & 0xFFFF, (self._selected & 0xFC) + offset)

    def _access(self, command, number, offset):
        place = (number >> 8, number >> 3 & 31, number & 7)
        self.asked.append(place)
        found = self.find(*place)
        if command.is_read:
            if found is None:
                return int.from_bytes(bytes([_OPEN]) * command.size)
            return found.word(offset, command.size)
        if found is not None:
            data = command.value.to_bytes(command.size, "little")
            for at, byte in enumerate(data, offset):
                kept = found.space[at] & ~found.sticks[at]
                found.space[at] = kept | byte & found.sticks[at]
        return 0

    def spaces(self):
        """Return every configuration space, as bytes, in the order of the tree."""
        return [bytes(one.space) for root in self.roots.values() for one in _all(root)]


def _all(chips):
    for one in chips.values():
        yield one
        if one.behind is not None:
            yield from _all(one.behind)
