"""What a type of virtio device is to its driver: queues, requests, and a proof of work.

Values only.  A request is a chain of bytes out and of room for the answer; where it lies
in guest memory, and in which kind of ring, is :mod:`harness.qemu.drivers.virtio`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.qemu.drivers.driver import Draw


@dataclass(frozen=True, slots=True)
class Chain:
    """A request as it goes into a queue.

    Attributes:
        queue: number of the queue.
        out: pieces that the device reads.
        into: sizes of the pieces that it writes, bytes.
    """

    queue: int
    out: tuple[bytes, ...] = ()
    into: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the device is to have written.

    Attributes:
        chain: which of the proof's chains.
        offset: bytes into what the device writes, all pieces together.
        expected: the bytes.
    """

    chain: int
    offset: int
    expected: bytes


@dataclass(frozen=True, slots=True)
class Setting:
    """Bytes of the device's own configuration, at *offset*."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """A page of memory that the device is to make zero.

    Attributes:
        queue: the queue into which its number goes, four bytes.
    """

    queue: int


@dataclass(frozen=True, slots=True)
class Proof:
    """Work that can be checked.

    Attributes:
        chains: are offered in this order.
        answers: what the device is to have written then.
        writes: to the configuration, before the chains.
        reads: what the configuration is to be afterwards.
        page: a page to be emptied, too.
        at_once: the device has done the work, or does it before it lets itself be reset,
            when the notification has been written.
    """

    chains: tuple[Chain, ...] = ()
    answers: tuple[Answer, ...] = ()
    writes: tuple[Setting, ...] = ()
    reads: tuple[Setting, ...] = ()
    page: Page | None = None
    at_once: bool = True


@dataclass(frozen=True, slots=True)
class VirtioType:
    """A type of device.

    Attributes:
        name: as in QEMU's ``virtio-NAME-pci``.
        queues: how many descriptors each queue has with QEMU's defaults; the legacy
            interface can't change it.
        chain: draws a request; its queue is one of those.
        proof: None where nothing can be checked while the machine is stopped.
        features: bits to negotiate; without them the device would not understand.
        config: how many bytes of the configuration may be written at random.
    """

    name: str
    queues: tuple[int, ...]
    chain: Callable[[Draw], Chain]
    proof: Proof | None = None
    features: int = 0
    config: int = field(default=0)


def any_chain(queues: int) -> Callable[[Draw], Chain]:
    """Return what draws a chain that is right for no device in particular."""

    def chain(draw: Draw) -> Chain:
        out = tuple(draw.bytes(1 + draw.below(64)) for _ in range(draw.below(3)))
        into = tuple(1 + draw.below(512) for _ in range(draw.below(3)))
        return Chain(draw.below(queues), out, into or (() if out else (64,)))

    return chain
