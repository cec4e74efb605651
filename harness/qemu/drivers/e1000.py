"""The driver of Intel's 8254x Ethernet cards (e1000), and what their successors share.

Owns two rings of eight descriptors each, which a transfer goes round exactly once, so that
it can be repeated without knowing where the card stands.

While the machine is stopped an 8254x never receives: QEMU holds frames back for a second
of virtual time after reception was switched on.  So its transfers only send.

Source: Intel PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual
4.0, chapters 3 and 13; QEMU 7.2 hw/net/e1000.c (set_rx_control, e1000_receive_iov).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.frames import drawn_frame, frame
from harness.qemu.drivers.microwire import Microwire
from harness.qemu.pci.function import Function

_INTEL = 0x8086

# Registers.
CTRL, EECD, CTRL_EXT, MDIC, VET = 0x0000, 0x0010, 0x0018, 0x0020, 0x0038
ICR, ITR, ICS, IMS, IMC = 0x00C0, 0x00C4, 0x00C8, 0x00D0, 0x00D8
RCTL, TCTL, TIPG = 0x0100, 0x0400, 0x0410
RA, MTA, VFTA = 0x5400, 0x5200, 0x5600
# Of a ring, from its base.
_BAL, _BAH, _LEN, _HEAD, _TAIL, DCTL = 0x00, 0x04, 0x08, 0x10, 0x18, 0x28

#: Set link up; reset, which QEMU's 8254x ignores; VLAN mode.
_CTRL_SLU, _CTRL_RST, _CTRL_VME = 1 << 6, 1 << 26, 1 << 30
RCTL_EN, RCTL_UPE, RCTL_MPE, RCTL_LBM_MAC = 1 << 1, 1 << 3, 1 << 4, 1 << 6
RCTL_BAM, RCTL_SECRC = 1 << 15, 1 << 26
#: No interrupt before only an eighth of the receive descriptors is left.
_RCTL_EIGHTH = 2 << 8
_TCTL_EN, _TCTL_PSP = 1 << 1, 1 << 3
#: MDIC: PHY 1, and the operation.
_MDIC_PHY, _MDIC_WRITE, _MDIC_READ = 1 << 21, 1 << 26, 2 << 26

# A transmit descriptor's lower double word.
TXD_EOP, TXD_IFCS, TXD_RS, TXD_DEXT = 1 << 24, 1 << 25, 1 << 27, 1 << 29
_TXD_DATA, _TXD_TSE, _TXD_VLE, _TXD_IDE = 1 << 20, 1 << 26, 1 << 30, 1 << 31
#: Descriptor done; end of packet.
_DD, _EOP = 1 << 0, 1 << 1

#: Registers that may have any value.
_SAFE = (
    *(CTRL_EXT, VET, ITR, ICS, IMS, IMC, TIPG, 0x0014, 0x0028, 0x002C, 0x0030, 0x0170, 0x0E00),
    *(0x1000, 0x2160, 0x2168, 0x2820, 0x2828, 0x282C, 0x3820, 0x3828, 0x382C, 0x5000, 0x5008),
    *(0x5800, 0x5808, 0x5820, 0x5838, 0x5B50, 0x00E8, 0x00EC, 0x00DC, 0x00E4, 0x5818, 0x1008),
    *(RA, RA + 4, RA + 8, RA + 12, MTA, MTA + 4, MTA + 0x1FC, VFTA, VFTA + 0x1FC),
)
#: Registers that reset leaves alone, and with which nothing may be received as it should be:
#: extended control; sums, filters and queues of the receiver.
_CLEARED = (CTRL_EXT, 0x5000, 0x5008, 0x5818)
#: How long interrupts are held back: RDTR, RADV, RAID, TIDV, TADV; in microseconds or so.
_DELAYS = (0x2820, 0x282C, 0x2C08, 0x3820, 0x382C)
_READ = (ICR, 0x40D0, 0x0008, 0x0010, 0x0014, 0x40D4, 0x4074, 0x40C0, 0x40C8, CTRL)

_PATTERN = 0xA5
DESCRIPTORS, _DESCRIPTOR_BYTES, _BUFFER_BYTES = 8, 16, 0x800
_TX_RING, _RX_RING, _TX_BUFFERS, _RX_BUFFERS = 0x0000, 0x1000, 0x2000, 0x8000
#: The most steps of one request, and the most registers that are set before.
_STEPS, _SETTINGS = 16, 12


class E1000:
    """Drives the 8254x cards."""

    name = "e1000"
    #: PCI device IDs.
    ids = frozenset({0x100C, 0x100E, 0x100F})
    #: Where the rings' registers begin.
    tx, rx = 0x3800, 0x2800
    #: Whether what is sent in loopback mode is received while the clock stands still.
    loops = False
    #: What enables interrupts: registers and their values.
    interrupts: tuple[tuple[int, int], ...] = ((IMS, 0xFFFFFFFF),)

    def fits(self, function: Function) -> bool:
        """Whether *function* is such a card."""
        return (
            function.vendor_id == _INTEL
            and function.device_id in self.ids
            and has_bar(function, 0, 0x20000)
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Return the commands that switch both directions on, with empty rings."""
        registers = Registers.of(function, 0)
        return (
            fill(arena.at(_TX_RING), DESCRIPTORS * _DESCRIPTOR_BYTES, 0),
            *self._receive_ring(arena),
            *self._set_up(registers, arena),
        )

    def _receive_ring(self, arena: Arena) -> Iterator[Command]:
        buffers = (arena.at(_RX_BUFFERS + n * _BUFFER_BYTES) for n in range(DESCRIPTORS))
        ring = b"".join(struct.pack("<QQ", buffer, 0) for buffer in buffers)
        yield store(arena.at(_RX_RING), ring)

    def _set_up(self, registers: Registers, arena: Arena) -> Iterator[Command]:
        yield registers.write(TCTL, 0)
        yield registers.write(RCTL, 0)
        yield registers.write(CTRL, _CTRL_RST)
        for offset in _CLEARED:
            yield registers.write(offset, 0)
        yield registers.write(CTRL, _CTRL_SLU)
        for base, ring in ((self.tx, _TX_RING), (self.rx, _RX_RING)):
            yield registers.write(base + _BAL, arena.at(ring))
            yield registers.write(base + _BAH, 0)
            yield registers.write(base + _LEN, DESCRIPTORS * _DESCRIPTOR_BYTES)
            yield registers.write(base + _HEAD, 0)
            yield registers.write(base + _TAIL, 0)
        yield from self.enable_rings(registers)
        yield registers.write(RCTL, RCTL_EN | self.receive_mode())
        yield registers.write(self.rx + _TAIL, DESCRIPTORS - 1)
        yield registers.write(TCTL, _TCTL_EN | _TCTL_PSP)

    def enable_rings(self, registers: Registers) -> Iterator[Command]:
        """Return what has to be written before the rings work; nothing for these cards."""
        del registers
        return iter(())

    def receive_mode(self) -> int:
        """Return RCTL's bits: everything is received, and what is sent comes back."""
        loop = RCTL_LBM_MAC if self.loops else 0
        return RCTL_UPE | RCTL_MPE | RCTL_BAM | RCTL_SECRC | _RCTL_EIGHTH | loop

    def send_descriptor(self, buffer: int, size: int) -> bytes:
        """Return a descriptor that sends *size* bytes at *buffer* and reports that."""
        return struct.pack("<QII", buffer, size | TXD_EOP | TXD_IFCS | TXD_RS, 0)

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return the commands that start the card anew and have it send and receive."""
        registers = Registers.of(function, 0)
        commands = list(self.start(function, arena))
        commands.extend(_settings(registers, draw, self.interrupts))
        held = 0
        if draw.below(3) == 0:
            held = _TXD_IDE | TXD_RS
            commands += [registers.write(delay, 1 + draw.below(200)) for delay in _DELAYS]
        position = 0
        for _ in range(1 + draw.below(_STEPS)):
            match draw.below(8):
                case 0:
                    value = draw.choose((0, 0xFFFFFFFF, draw.below(1 << 32)))
                    commands.append(registers.write(draw.choose(_SAFE), value))
                case 1:
                    commands.append(registers.read(draw.choose(_READ)))
                case 2:
                    commands.append(registers.write(MDIC, _mdic(draw)))
                case 3:
                    mode = draw.below(1 << 27) & ~RCTL_LBM_MAC | self.receive_mode()
                    commands.append(registers.write(RCTL, mode | RCTL_EN))
                case 4:
                    tail = draw.below(DESCRIPTORS)
                    commands.append(registers.write(self.rx + _TAIL, tail))
                case 5:
                    commands.append(registers.write(CTRL, _CTRL_SLU | _CTRL_VME))
                case _:
                    data = drawn_frame(draw)
                    buffer = arena.at(_TX_BUFFERS + position * _BUFFER_BYTES, _BUFFER_BYTES)
                    commands.append(store(buffer, data))
                    for descriptor in self.drawn_descriptors(draw, buffer, len(data), held):
                        at = arena.at(_TX_RING + position * _DESCRIPTOR_BYTES)
                        commands.append(store(at, descriptor))
                        position = (position + 1) % DESCRIPTORS
                    commands.append(registers.write(self.tx + _TAIL, position))
        return tuple(commands)

    def drawn_descriptors(
        self, draw: Draw, buffer: int, size: int, command: int
    ) -> Iterator[bytes]:
        """Return the descriptors that send a frame: whole, in pieces, or cut by the card.

        Bits of *command* are set in all of them.
        """
        extra = command | draw.choose((0, TXD_RS, TXD_RS | TXD_IFCS | _TXD_VLE))
        special = draw.below(1 << 16) << 16
        # Now and then a frame is left unfinished; the next one goes on with it.
        end = 0 if draw.below(8) == 1 else TXD_EOP
        match draw.below(4):
            case 0:
                half = size // 2
                yield struct.pack("<QII", buffer, half | extra, special)
                yield struct.pack("<QII", buffer + half, size - half | extra | end, special)
            case 1:
                # Where the IP and TCP headers and their sums are; 54 bytes go before each piece.
                sums = struct.pack("<BBHBBH", 14, 24, 33, 34, 50, draw.choose((0, size - 1)))
                segments = draw.choose((0, _TXD_TSE))
                # Bits 24 and 25 say whether it is TCP, and IP version 4.
                kind = draw.below(4) << 24
                context = TXD_DEXT | segments | kind | command | max(1, size - 54)
                yield sums + struct.pack("<IBBH", context, 0, 54, 100 + draw.below(1000))
                data = TXD_DEXT | _TXD_DATA | end | TXD_IFCS | segments | extra | size
                yield struct.pack("<QII", buffer, data, special | draw.below(4) << 8)
            case _:
                yield struct.pack("<QII", buffer, size | extra | end, special)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return the sending of eight frames, which come back where the card can do that."""
        registers = Registers.of(function, 0)
        commands = [
            fill(arena.at(_RX_BUFFERS), DESCRIPTORS * _BUFFER_BYTES, _PATTERN),
            *self._receive_ring(arena),
        ]
        checks = []
        for n in range(DESCRIPTORS):
            data = frame(n)
            buffer = arena.at(_TX_BUFFERS + n * _BUFFER_BYTES, _BUFFER_BYTES)
            at = arena.at(_TX_RING + n * _DESCRIPTOR_BYTES)
            commands.append(store(buffer, data))
            commands.append(store(at, self.send_descriptor(buffer, len(data))))
            checks.append(Check(Command("readl", (at + 12,)), _DD, _DD))
            if self.loops:
                done = arena.at(_RX_RING + n * _DESCRIPTOR_BYTES + 12)
                received = arena.at(_RX_BUFFERS + n * _BUFFER_BYTES)
                checks.append(Check(Command("readl", (done,)), _DD | _EOP, _DD | _EOP))
                checks.append(Check(fetch(received, len(data)), data))
        half = DESCRIPTORS // 2
        for sent, received in ((half, half - 1), (0, DESCRIPTORS - 1)):
            commands.append(registers.write(self.tx + _TAIL, sent))
            commands.append(registers.write(self.rx + _TAIL, received))
        checks.append(Check(registers.read(self.tx + _HEAD), 0))
        return Transfer(self.start(function, arena), tuple(commands), tuple(checks))


def _settings(
    registers: Registers, draw: Draw, interrupts: tuple[tuple[int, int], ...]
) -> Iterator[Command]:
    """Yield what is set before frames are sent, and talk to the memory of settings."""
    if draw.below(2):
        for offset, value in interrupts:
            yield registers.write(offset, value)
    for _ in range(draw.below(_SETTINGS)):
        value = draw.choose((0, 0xFFFFFFFF, draw.below(1 << 32), draw.below(1 << 8)))
        yield registers.write(draw.choose(_SAFE), value)
    if draw.below(3) == 0:
        # The wires of EECD, and bit 6: may the driver have them?
        yield from Microwire(registers, EECD, 4, 1 << 1, 1 << 0, 1 << 2, 1 << 6).converse(draw)


def _mdic(draw: Draw) -> int:
    operation = draw.choose((_MDIC_READ, _MDIC_WRITE))
    register = draw.choose((0, 1, 4, 9, 16, 17, 20, draw.below(32)))
    # In control register 0, bit 14 is loopback and bit 12 negotiation.  Bits 15 and 9, reset
    # and a new negotiation, are rare: the link is down for good while the clock stands still.
    value = draw.choose((0x4140, 0x1140, draw.below(1 << 16)))
    if draw.below(32) != 1:
        value &= ~0x8200
    return _MDIC_PHY | operation | register << 16 | value
