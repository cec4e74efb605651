"""The driver of all virtio devices on PCI.

Owns where requests lie in the arena and in which order a device is brought up and asked.
A request has to work whatever came before it, and how far a device has read a queue can
only be told by asking it; so each one begins with a device that is brought up anew, and
then keeps it busy with several chains.  A transfer does so at its end instead, where the
device allows it: its first chain goes into the queue as it was saved and loaded.

Source: VIRTIO 1.2, sections 2 and 3; QEMU 7.2 hw/virtio/virtio.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.command import Command
from harness.qemu.drivers.access import fetch, fill, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.virtio_people import GPU, INPUT, KEYBOARD, SOUND
from harness.qemu.drivers.virtio_platform import (
    BALLOON,
    CONSOLE,
    CRYPTO,
    IOMMU,
    MEM,
    NET,
    RNG,
    RTC,
)
from harness.qemu.drivers.virtio_ring import (
    MAX_DESCRIPTORS,
    RING_BYTES,
    Buffer,
    PackedRing,
    Ring,
    SplitRing,
)
from harness.qemu.drivers.virtio_storage import BLOCK, NINE_P, PMEM, SCSI
from harness.qemu.drivers.virtio_transport import (
    F_INDIRECT,
    F_RING_PACKED,
    F_VERSION_1,
    NO_VECTOR,
    Transport,
    device_type,
    transports,
)
from harness.qemu.drivers.virtio_types import Chain, Proof, VirtioType, any_chain
from harness.qemu.pci.function import Function

#: By device type. Source: VIRTIO 1.2, chapter 5.
TYPES: dict[int, VirtioType] = {
    1: NET,
    2: BLOCK,
    3: CONSOLE,
    4: RNG,
    5: BALLOON,
    8: SCSI,
    9: NINE_P,
    16: GPU,
    17: RTC,
    18: INPUT,
    20: CRYPTO,
    23: IOMMU,
    24: MEM,
    25: SOUND,
    27: PMEM,
}
#: A device of which nothing more is known.
UNKNOWN = VirtioType("unknown", (64,) * 4, any_chain(4))

#: Base class and subclass of a keyboard.  Source: PCI Code and ID Assignment 1.11, 1.10.
_KEYBOARD_CLASS = 0x0900

#: What memory holds that the device is to write to.
PATTERN = 0xA5

#: Where the arena holds what, from its base.
_BUFFERS, _PAGE = 0x40000, 0x60000
_BUFFER_BYTES, _TABLE = 0x1000, 0xF00
_PAGE_BYTES = 0x1000
#: The most chains of one request.
_CHAINS = 12
#: Features of the types that are drawn: all but VIRTIO_NET_F_GUEST_ANNOUNCE, for which, and for
#: event indices, see :mod:`harness.qemu.hazards`.
_DRAWN = 0xFFFFFF & ~(1 << 21)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A chain in guest memory."""

    buffers: tuple[Buffer, ...]
    fill: tuple[Command, ...]
    table: int

    @property
    def answer(self) -> int:
        """Where what the device writes begins; its pieces lie one after another."""
        return next(one.address for one in self.buffers if one.writable)


def _place(chain: Chain, arena: Arena, number: int) -> _Placed:
    at = arena.at(_BUFFERS + _BUFFER_BYTES * number, _BUFFER_BYTES)
    table = at + _TABLE
    buffers, commands = [], []
    for piece in chain.out:
        buffers.append(Buffer(at, len(piece), writable=False))
        commands.append(store(at, piece))
        at += len(piece)
    room = sum(chain.into)
    if room:
        commands.append(fill(at, room, PATTERN))
    for size in chain.into:
        buffers.append(Buffer(at, size, writable=True))
        at += size
    if at > table:
        raise ValueError(f"the chain takes {at - table + _TABLE} bytes of {_TABLE}")
    return _Placed(tuple(buffers), tuple(commands), table)


class Virtio:
    """Drives any virtio device on PCI."""

    name = "virtio"

    def __init__(self, *, packed: bool = False, legacy: bool = False) -> None:
        """Choose what is drawn otherwise: the rings and the interface of transfers.

        Args:
            packed: packed rings; the device has to offer them.
            legacy: the legacy interface, where there is one.
        """
        self._packed = packed
        self._legacy = legacy

    def fits(self, function: Function) -> bool:
        """Whether *function* is a virtio device with an interface that we know."""
        return device_type(function) > 0 and bool(transports(function))

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Return the commands that bring the device up, all its queues empty."""
        kind, transport = self._about(function)
        rings = _rings(kind, arena, packed=self._packed)
        return _bring_up(transport, self._features(kind, transport), rings)

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return the commands that bring the device up and keep it busy."""
        kind, _ = self._about(function)
        transport = draw.choose(transports(function))
        features = _needed(kind.features, transport)
        features |= _DRAWN & draw.choose((0, 0xFFFFFF, draw.below(1 << 24)))
        features |= draw.choose((0, F_INDIRECT))
        packed = transport.modern and draw.below(4) == 0
        if packed:
            features |= F_RING_PACKED
        shrink = draw.below(3) if transport.modern else 0
        rings = _rings(kind, arena, packed=packed, shrink=shrink)
        vector = draw.choose((0, NO_VECTOR, draw.below(4)))
        commands = list(_bring_up(transport, features, rings, vector))
        busy = _Busy(kind, transport, rings, arena, draw, indirect=bool(features & F_INDIRECT))
        for number in range(1 + draw.below(_CHAINS)):
            commands.extend(busy.step(number))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer | None:
        """Return the work by which the device's type is proved."""
        kind, transport = self._about(function)
        proof = kind.proof
        if proof is None:
            return None
        rings = _rings(kind, arena, packed=self._packed)
        features = self._features(kind, transport)
        work, checks = _work(proof, transport, rings, arena)
        up = self.start(function, arena)
        fresh = tuple(ring.forget() for ring in rings)
        if not proof.at_once or self._packed:
            return Transfer(up + fresh, up + fresh + work, checks)
        # What is still in a queue is done when the reset is asked for, and not after.
        back = (transport.reset(), *(one for ring in rings for one in ring.rewind()))
        again = (*back, *transport.bring_up(features, rings))
        return Transfer(up + fresh, fresh + work + again, checks)

    def _features(self, kind: VirtioType, transport: Transport) -> int:
        return _needed(kind.features, transport) | (F_RING_PACKED if self._packed else 0)

    def _about(self, function: Function) -> tuple[VirtioType, Transport]:
        ways = transports(function)
        kind = TYPES.get(device_type(function), UNKNOWN)
        if kind is INPUT and function.class_code >> 8 == _KEYBOARD_CLASS:
            kind = KEYBOARD
        return kind, ways[-1] if self._legacy else ways[0]


def _needed(features: int, transport: Transport) -> int:
    return features | (F_VERSION_1 if transport.modern else 0)


def _rings(
    kind: VirtioType, arena: Arena, *, packed: bool = False, shrink: int = 0
) -> tuple[Ring, ...]:
    make = PackedRing if packed else SplitRing
    return tuple(
        make(arena.at(RING_BYTES * n, RING_BYTES), max(8, min(size, MAX_DESCRIPTORS) >> shrink))
        for n, size in enumerate(kind.queues)
    )


def _bring_up(
    transport: Transport, features: int, rings: Sequence[Ring], vector: int = NO_VECTOR
) -> tuple[Command, ...]:
    # Reset first: a queue that is in use must never disagree with its memory.
    cleared = (ring.clear() for ring in rings)
    return (transport.reset(), *cleared, *transport.bring_up(features, rings, vector))


def _work(
    proof: Proof, transport: Transport, rings: Sequence[Ring], arena: Arena
) -> tuple[tuple[Command, ...], tuple[Check, ...]]:
    commands = [
        transport.config_write(one.offset, len(one.data), int.from_bytes(one.data, "little"))
        for one in proof.writes
    ]
    checks = []
    chains = list(proof.chains)
    if proof.page is not None:
        page = arena.at(_PAGE, _PAGE_BYTES)
        commands.append(fill(page, _PAGE_BYTES, PATTERN))
        chains.append(Chain(proof.page.queue, ((page >> 12).to_bytes(4, "little"),)))
        checks.append(Check(fetch(page, 64), bytes(64)))
    placed = [_place(chain, arena, number) for number, chain in enumerate(chains)]
    for chain, one in zip(chains, placed, strict=True):
        offered = rings[chain.queue].offer(one.buffers)
        commands.extend((*one.fill, *offered, transport.kick(chain.queue)))
    for answer in proof.answers:
        where = placed[answer.chain].answer + answer.offset
        checks.append(Check(fetch(where, len(answer.expected)), answer.expected))
    checks += [rings[queue].completed() for queue in sorted({chain.queue for chain in chains})]
    for read in proof.reads:
        checks += [
            Check(transport.config_read(read.offset + n, 1), byte)
            for n, byte in enumerate(read.data)
        ]
    return tuple(commands), tuple(checks)


class _Busy:
    """What is done, one step after another, with a device that has been brought up."""

    def __init__(
        self,
        kind: VirtioType,
        transport: Transport,
        rings: Sequence[Ring],
        arena: Arena,
        draw: Draw,
        *,
        indirect: bool,
    ) -> None:
        self._kind = kind
        self._transport = transport
        self._rings = rings
        self._arena = arena
        self._draw = draw
        self._indirect = indirect

    def step(self, number: int) -> tuple[Command, ...]:
        """Return the commands of one step; *number* tells the chains apart."""
        transport, draw = self._transport, self._draw
        match draw.below(12):
            case 8 if self._kind.config:
                offset = draw.below(self._kind.config)
                return (transport.config_write(offset, 1, draw.below(256)),)
            case 9:
                return (transport.config_read(draw.below(min(64, transport.config_size)), 1),)
            case 10:
                return (transport.acknowledge(), transport.kick(draw.below(len(self._rings))))
            case 11:
                # No kick: it waits, and may be found with the next one.
                return self._offer(self._kind.chain(draw), number)
            case _:
                chain = self._kind.chain(draw)
                return (*self._offer(chain, number), transport.kick(chain.queue))

    def _offer(self, chain: Chain, number: int) -> tuple[Command, ...]:
        if self._rings[chain.queue].room < len(chain.out) + len(chain.into):
            return ()
        one = _place(chain, self._arena, number)
        mixed = not isinstance(self._rings[chain.queue], PackedRing)
        table = one.table if self._indirect and (not mixed or self._draw.below(2)) else None
        return (*one.fill, *self._rings[chain.queue].offer(one.buffers, table))
