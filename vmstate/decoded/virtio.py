"""Virtio devices: the whole state of one, which a vmdesc shows as one field.

Owns the walk through the piece in front, which the transport has, the device's head, its
queues, what its class adds, and the subsections.  What the bytes do not say (the transport,
options of the class) is tried until all of them fit to the last byte.

Of the rows for all 1024 queues that a device can have, those of queues in use are cut into
fields, and the others are one piece.

Source: QEMU 11.1 hw/virtio/virtio.c (virtio_save and the subsections of vmstate_virtio).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import product

from vmstate.decoded import virtio_class
from vmstate.decoded.cutter import Cut, Cutter, Row
from vmstate.decoded.types import size_of
from vmstate.decoded.virtio_transport import TRANSPORTS, Transport
from vmstate.errors import StreamError
from vmstate.info.devices.virtio_transport import MOST_QUEUES

#: Type of what a class adds whose form nothing here knows.
UNKNOWN_CLASS = "virtio class"

_TAIL = b"virtio/"


def cut(data: bytes, owner: str) -> Cutter:
    """Return the walk through *data* that gets furthest.

    Args:
        data: a device's state.
        owner: name of the description around it, e.g. ``virtio-net``.
    """
    best = Cutter(data)
    best.was_stopped = True
    bodies = (*virtio_class.BODIES.get(owner, ()), virtio_class.nothing)
    # A class whose form is not known fits almost anything.
    for body, transport in (*product(bodies, TRANSPORTS), *product([_unknown], TRANSPORTS)):
        cutter = Cutter(data)
        try:
            _device(cutter, transport, body)
        except StreamError:
            cutter.was_stopped = True
            best = max(best, cutter, key=lambda one: one.offset)
        else:
            return cutter
    return best


def _device(cutter: Cutter, transport: Transport, body: Cut) -> None:
    with cutter.inside("transport"):
        has_vectors = transport.cut(cutter)
    cutter.row((("status", "uint8"), ("isr", "uint8")))
    if cutter.number("queue_sel", "uint16") >= MOST_QUEUES:
        raise cutter.error(f"the selected queue is none of {MOST_QUEUES}")
    cutter.number("guest_features", "uint32")
    cutter.raw("config", "buffer", cutter.number("config_len", "uint32"))
    queues = cutter.number("queue_count", "uint32")
    if queues > MOST_QUEUES:
        raise cutter.error(f"{queues} queues, expected {MOST_QUEUES} at most")
    cutter.rows("queues", _queue(transport, has_vectors=has_vectors), queues)
    with cutter.inside("device"):
        body(cutter)
    cutter.subsections("virtio", _subsections(queues))
    if not cutter.is_at_end:
        raise cutter.error("more bytes than the state has")


def _queue(transport: Transport, *, has_vectors: bool) -> Row:
    align = (("align", "uint32"),) if transport.has_alignment else ()
    vector = (("vector", "uint16"),) if has_vectors else ()
    return (
        ("num", "uint32"),
        *align,
        ("desc", "uint64"),
        ("last_avail_idx", "uint16"),
        *vector,
    )


def _unknown(cutter: Cutter) -> None:
    """Cut what a class adds, up to the first subsections behind which nothing follows."""
    ends = (end for end in _tails(cutter.data, cutter.offset) if _is_tail(cutter.data, end))
    cutter.raw("bytes", UNKNOWN_CLASS, next(ends, len(cutter.data)) - cutter.offset)


def _tails(data: bytes, start: int) -> Iterator[int]:
    """Yield where subsections may begin."""
    place = data.find(_TAIL, start + 2)
    while place >= 0:
        yield place - 2
        place = data.find(_TAIL, place + 1)


def _is_tail(data: bytes, start: int) -> bool:
    """Whether subsections reach from *start* to the end."""
    probe = Cutter(data)
    probe.offset = start
    with suppress(StreamError):
        probe.subsections("virtio", _subsections(0))
    return probe.is_at_end


def _subsections(queues: int) -> Mapping[str, Cut]:
    """Return the subsections of a device with *queues* in use."""
    return {
        "virtio/device_endian": _one("device_endian", "uint8"),
        "virtio/128bit_features": _one("guest_features", "uint64"),
        "virtio/64bit_features": _one("guest_features", "uint64"),
        "virtio/virtqueues": _per_queue("vq", _SPLIT, queues),
        "virtio/ringsize": _per_queue("vq", (("num_default", "uint32"),), queues),
        "virtio/broken": _one("broken", "bool"),
        "virtio/extra_state": lambda cutter: _extra_state(cutter, queues),
        "virtio/started": _one("started", "bool"),
        "virtio/packed_virtqueues": _per_queue("vq", _PACKED, queues),
        "virtio/disabled": _one("disabled", "bool"),
    }


def _extra_state(cutter: Cutter, queues: int) -> None:
    cutter.subsections(
        "virtio_pci",
        {"virtio_pci/modern_state": lambda inner: _pci_state(inner, queues)},
    )
    cutter.subsections(
        "virtio_mmio", {"virtio_mmio/state": lambda inner: _mmio_state(inner, queues)}
    )


def _pci_state(cutter: Cutter, queues: int) -> None:
    cutter.row((("dfselect", "uint32"), ("gfselect", "uint32")))
    cutter.array("guest_features", "uint32", 2)
    _per_queue("vqs", _PCI_QUEUE, queues)(cutter)
    cutter.subsections(
        "virtio_pci/modern_state",
        {
            "virtio_pci/modern_state/features128": lambda inner: inner.array(
                "guest_features", "uint32", 2
            )
        },
    )


def _mmio_state(cutter: Cutter, queues: int) -> None:
    cutter.array("guest_features", "uint32", 2)
    _per_queue("vqs", _MMIO_QUEUE, queues)(cutter)


def _one(name: str, kind: str) -> Cut:
    return lambda cutter: cutter.row(((name, kind),))


def _per_queue(name: str, row: Row, queues: int) -> Cut:
    def cut_rows(cutter: Cutter) -> None:
        cutter.rows(name, row, queues)
        size = sum(size_of(kind) for _, kind in row)
        cutter.raw(f"{name}_not_in_use", "buffer", size * (MOST_QUEUES - queues))

    return cut_rows


_SPLIT: Row = (("vring.avail", "uint64"), ("vring.used", "uint64"))
_PACKED: Row = (
    ("last_avail_idx", "uint16"),
    ("last_avail_wrap_counter", "bool"),
    ("used_idx", "uint16"),
    ("used_wrap_counter", "bool"),
    ("inuse", "uint32"),
)
_ADDRESSES: Row = tuple(
    (f"{ring}[{word}]", "uint32") for ring in ("desc", "avail", "used") for word in range(2)
)
_PCI_QUEUE: Row = (("num", "uint16"), ("unused", "uint8"), ("enabled", "bool"), *_ADDRESSES)
_MMIO_QUEUE: Row = (("num", "uint16"), ("enabled", "bool"), *_ADDRESSES)
