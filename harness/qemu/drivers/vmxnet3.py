"""The driver of VMware's vmxnet3 Ethernet card.

Owns the memory that driver and card share and the rings of one queue in each direction.
Descriptors carry a bit that turns round with the ring: eight frames go round a ring of
four twice, so that a transfer can be repeated without knowing where the card stands.  The
card has no loopback mode in QEMU; that a frame has been sent shows in its completion.

Source: QEMU 7.2 hw/net/vmxnet3.h (Vmxnet3_DriverShared, Vmxnet3_TxQueueDesc,
Vmxnet3_RxQueueDesc and the descriptors) and hw/net/vmxnet3.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.frames import drawn_frame, frame
from harness.qemu.pci.function import Function

_VMWARE, _VMXNET3 = 0x15AD, 0x07B0

# Registers of BAR 0: interrupt masks and producers.
_IMR, _TXPROD, _RXPROD, _RXPROD2 = 0x000, 0x600, 0x800, 0xA00
# Registers of BAR 1.
_VRRS, _UVRS, _DSAL, _DSAH, _CMD, _MACL, _MACH, _ICR, _ECR = range(0x00, 0x48, 8)
# Commands that change something, then such that ask for something.
_ACTIVATE, _QUIESCE, _RESET_DEVICE, _RX_MODE, _MAC_FILTERS, _VLAN_FILTERS = (
    0xCAFE0000 + n for n in range(6)
)
_PM_CONFIGURATION, _FEATURES = 0xCAFE0008, 0xCAFE0009
_GETS = tuple(0xF00D0000 + n for n in range(10))

_MAGIC = 0xBABEFEE1
_LINUX_64 = 1 << 2 | 2
# Sizes of what is shared.
_SHARED_BYTES, _QUEUE_BYTES = 720, 256

# A transmit descriptor: generation in its third double word; end and request in its fourth.
_GEN, _EOP, _CQ, _TAG = 1 << 14, 1 << 12, 1 << 13, 1 << 15
#: Offload modes, in place: none, sums, segmentation.  Mode 1 ends QEMU 7.2
#: (vmxnet3_setup_tx_offloads: "code should not be reached").
_OFFLOADS = (0, 2 << 10, 3 << 10)
#: What a frame may hold at most.  QEMU 5.2 ends if it is told anything else
#: (vmxnet3_activate_device: "Assertion `VMXNET3_MIN_MTU <= s->mtu"); later ones say no.
_MTU = range(60, 9000)
_RX_GEN, _RX_BODY = 1 << 31, 1 << 14

_PATTERN = 0xA5
_DESCRIPTORS, _BUFFER_BYTES = 4, 0x800
_SHARED, _QUEUES, _MULTICAST = 0x0000, 0x0400, 0x0800
_TX_RING, _TX_DONE, _RX_RING, _RX_RING_2, _RX_DONE = 0x1000, 0x1200, 0x1400, 0x1600, 0x1800
_TX_BUFFERS, _RX_BUFFERS = 0x4000, 0x8000


class Vmxnet3:
    """Drives the vmxnet3."""

    name = "vmxnet3"

    def fits(self, function: Function) -> bool:
        """Whether *function* is such a card."""
        identity = (function.vendor_id, function.device_id)
        fits = identity == (_VMWARE, _VMXNET3)
        return fits and has_bar(function, 0, 0x1000) and has_bar(function, 1, 0x1000)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Return the commands that reset the card and activate it with one pair of queues."""
        return tuple(_start(Registers.of(function, 1), arena, 1500, 0x1F))

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return the commands that activate the card anew and have it send."""
        data_registers, registers = Registers.of(function, 0), Registers.of(function, 1)
        mtu = draw.choose((1500, _MTU[0], _MTU[-1], draw.choose(_MTU)))
        commands = list(_start(registers, arena, mtu, draw.below(32), draw.bytes(10)))
        position = 0
        for _ in range(1 + draw.below(12)):
            match draw.below(6):
                case 0:
                    settings = (_RX_MODE, _MAC_FILTERS, _VLAN_FILTERS, _FEATURES, _QUIESCE)
                    command = draw.choose((*settings, _PM_CONFIGURATION, *_GETS))
                    commands.append(registers.write(_CMD, command))
                    commands.append(registers.read(_CMD))
                case 1:
                    register = draw.choose((_MACL, _MACH, _ECR))
                    commands.append(registers.write(register, draw.below(1 << 32)))
                case 2:
                    commands.append(data_registers.write(_IMR, draw.below(2)))
                    commands.append(data_registers.write(_RXPROD, draw.below(_DESCRIPTORS)))
                    commands.append(registers.read(_ICR))
                case _:
                    data = drawn_frame(draw)
                    commands.extend(_piece(arena, draw, position, data))
                    position += 1
                    commands.append(data_registers.write(_TXPROD, position % _DESCRIPTORS))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return the sending of eight frames, each of which is reported."""
        data_registers = Registers.of(function, 0)
        commands = [fill(arena.at(_TX_DONE), 16 * _DESCRIPTORS, _PATTERN)]
        for n in range(2 * _DESCRIPTORS):
            data = frame(n)
            at = arena.at(_TX_BUFFERS + n % _DESCRIPTORS * _BUFFER_BYTES, _BUFFER_BYTES)
            commands.append(store(at, data))
            commands.append(_send(arena, n, at, len(data), _EOP | _CQ))
            if n % _DESCRIPTORS == _DESCRIPTORS - 1:
                commands.append(data_registers.write(_TXPROD, 0))
        checks = tuple(
            Check(fetch(arena.at(_TX_DONE + 16 * n), 16), struct.pack("<IIII", n, 0, 0, 0))
            for n in range(_DESCRIPTORS)
        )
        return Transfer(self.start(function, arena), tuple(commands), checks)


def _send(arena: Arena, position: int, buffer: int, size: int, flags: int, mss: int = 0) -> Command:
    """Put a descriptor into the ring; *position* counts on, so that its bit turns round."""
    generation = 0 if position // _DESCRIPTORS % 2 else _GEN
    descriptor = struct.pack("<QII", buffer, size | generation | mss << 18, flags)
    return store(arena.at(_TX_RING + 16 * (position % _DESCRIPTORS)), descriptor)


def _piece(arena: Arena, draw: Draw, position: int, data: bytes) -> tuple[Command, ...]:
    """Send a frame, or a piece that the next one continues."""
    at = arena.at(_TX_BUFFERS + position % _DESCRIPTORS * _BUFFER_BYTES, _BUFFER_BYTES)
    end = _EOP | _CQ if draw.below(4) else 0
    tag = draw.choose((0, _TAG | draw.below(1 << 12) << 16))
    flags = draw.choose(_OFFLOADS) | end | tag | draw.choose((54, 14, 0))
    mss = 200 + draw.below(1200)
    return store(at, data), _send(arena, position, at, len(data), flags, mss)


def _start(
    registers: Registers, arena: Arena, mtu: int, mode: int, options: bytes = bytes(10)
) -> Iterator[Command]:
    # Whether it is active or not, it is not afterwards.
    yield registers.write(_CMD, _RESET_DEVICE)
    shared = arena.at(_SHARED, _SHARED_BYTES)
    yield store(shared, _driver_shared(arena, mtu, mode, options))
    yield store(arena.at(_QUEUES), _transmit_queue(arena) + _receive_queue(arena))
    yield store(arena.at(_MULTICAST), bytes.fromhex("333300000001 01005e000001"))
    yield fill(arena.at(_TX_RING), 16 * _DESCRIPTORS, 0)
    yield fill(arena.at(_TX_DONE), 16 * _DESCRIPTORS, 0)
    yield fill(arena.at(_RX_DONE), 16 * 2 * _DESCRIPTORS, 0)
    for ring, kind in ((_RX_RING, 0), (_RX_RING_2, _RX_BODY)):
        first = _RX_BUFFERS if ring == _RX_RING else _RX_BUFFERS + _DESCRIPTORS * _BUFFER_BYTES
        buffers = [arena.at(first + n * _BUFFER_BYTES) for n in range(_DESCRIPTORS)]
        length = _BUFFER_BYTES | kind | _RX_GEN
        yield store(
            arena.at(ring), b"".join(struct.pack("<QII", buffer, length, 0) for buffer in buffers)
        )
    yield registers.write(_DSAL, shared)
    yield registers.write(_DSAH, 0)
    yield registers.write(_CMD, _ACTIVATE)
    # What the activation has come to.
    yield registers.read(_CMD)


def _driver_shared(arena: Arena, mtu: int, mode: int, options: bytes) -> bytes:
    """Return what the card reads.

    The bytes of *options* say which features are used (4 bits), whether interrupts mask
    themselves (1 bit), and which of the first VLANs are received.
    """
    features, masking, networks = options[0] & 0xF, options[1] & 1, options[2:]
    misc = struct.pack("<IIIIQ", 1, _LINUX_64, 1, 1, features)
    misc += struct.pack("<QQII", 0, arena.at(_QUEUES), 0, 2 * _QUEUE_BYTES)
    misc += struct.pack("<IHBB", mtu, 2, 1, 1) + bytes(16)
    # All interrupts are number 0, the only one without MSI: QEMU insists.
    interrupts = struct.pack("<BBB25x", masking, 1, 0) + struct.pack("<III", 0, 0, 0)
    filters = struct.pack("<IHHQ", mode, 12, 0, arena.at(_MULTICAST))
    filters += networks.ljust(512, b"\0")
    whole = struct.pack("<II", _MAGIC, 0) + misc + interrupts + filters
    return whole.ljust(_SHARED_BYTES, b"\0")


def _transmit_queue(arena: Arena) -> bytes:
    rings = struct.pack("<QQQQQ", arena.at(_TX_RING), 0, arena.at(_TX_DONE), 0, 0)
    sizes = struct.pack("<IIII", _DESCRIPTORS, 0, _DESCRIPTORS, 0)
    return (bytes(16) + rings + sizes).ljust(_QUEUE_BYTES, b"\0")


def _receive_queue(arena: Arena) -> bytes:
    places = (arena.at(_RX_RING), arena.at(_RX_RING_2), arena.at(_RX_DONE))
    rings = struct.pack("<QQQQQ", *places, 0, 0)
    sizes = struct.pack("<IIII", _DESCRIPTORS, _DESCRIPTORS, 2 * _DESCRIPTORS, 0)
    return (bytes(16) + rings + sizes).ljust(_QUEUE_BYTES, b"\0")
