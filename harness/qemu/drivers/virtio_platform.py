"""Virtio devices that serve the guest's kernel: net, console, rng, balloon, iommu and others.

Source: VIRTIO 1.2, sections 5.1, 5.3 to 5.5, 5.9, 5.13 and 5.15; QEMU 7.2
hw/net/virtio-net.c, hw/char/virtio-serial-bus.c, hw/virtio/virtio-balloon.c,
virtio-iommu.c, virtio-mem.c, virtio-crypto.c, virtio-rng.c.  For rtc: VIRTIO 1.4, "RTC
Device".
"""

from __future__ import annotations

import struct

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.virtio_types import Answer, Chain, Page, Proof, Setting, VirtioType

_NET_RX, _NET_TX, _NET_CONTROL = 0, 1, 2
_CLASS_RX, _CLASS_MAC, _CLASS_VLAN, _CLASS_ANNOUNCE, _CLASS_MQ, _CLASS_OFFLOADS = range(6)
_TABLE_SET, _ADDRESS_SET = 0, 1
#: Features: the control queue, its RX, VLAN, extra RX and MAC commands.
_NET_FEATURES = 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20 | 1 << 23
_STATION = bytes.fromhex("525400c0ffee")


def _net_control(group: int, command: int, *data: bytes) -> Chain:
    return Chain(_NET_CONTROL, (bytes((group, command)), *data), (1,))


def _net_chain(draw: Draw) -> Chain:
    queue = draw.choose((_NET_CONTROL, _NET_RX, _NET_TX, _NET_CONTROL))
    if queue == _NET_RX:
        return Chain(queue, (), (1526,))
    if queue == _NET_TX:
        frame = bytes(6 * [0xFF]) + _STATION + draw.bytes(8) * 8
        return Chain(queue, (bytes(12), frame))
    group = draw.below(7)
    if group == _CLASS_MAC and draw.below(2):
        return _net_control(group, _ADDRESS_SET, b"\x52" + draw.bytes(5))
    if group == _CLASS_MAC:
        tables = [
            struct.pack("<I", n) + b"".join(bytes((first,)) + draw.bytes(5) for _ in range(n))
            for first, n in ((0x52, draw.below(4)), (0x33, draw.below(4)))
        ]
        return _net_control(group, _TABLE_SET, *tables)
    size = {_CLASS_RX: 1, _CLASS_VLAN: 2, _CLASS_ANNOUNCE: 0, _CLASS_MQ: 2, _CLASS_OFFLOADS: 8}
    width = size.get(group, 1)
    data = draw.below(2) if group == _CLASS_RX else draw.below(1 << 12)
    command = draw.below(6) if group == _CLASS_RX else draw.below(2)
    pieces = (data.to_bytes(8, "little")[:width],) if width else ()
    return _net_control(group, command, *pieces)


NET = VirtioType(
    "net",
    (256, 256, 64),
    _net_chain,
    # Frames stay where they are while the machine is stopped; the control queue does not.
    Proof(
        (_net_control(_CLASS_MAC, _ADDRESS_SET, _STATION),),
        (Answer(0, 0, b"\0"),),
    ),
    features=_NET_FEATURES,
    config=6,
)

_CONSOLE_QUEUES = (128, 128, 32, 32, 128, 128)
_CONTROL_IN, _CONTROL_OUT = 2, 3
_MULTIPORT = 1 << 1


def _console_chain(draw: Draw) -> Chain:
    queue = draw.choose((_CONTROL_OUT, _CONTROL_OUT, _CONTROL_IN, 0, 1, 4, 5))
    if queue == _CONTROL_OUT:
        message = struct.pack("<IHH", draw.below(3), draw.below(8), draw.below(2))
        return Chain(queue, (message,))
    if queue % 2:
        return Chain(queue, (draw.bytes(1 + draw.below(64)),))
    return Chain(queue, (), (64,))


CONSOLE = VirtioType(
    "serial",
    _CONSOLE_QUEUES,
    _console_chain,
    Proof(
        (Chain(_CONTROL_OUT, (struct.pack("<IHH", 0, 0, 1),)),),
    ),
    features=_MULTIPORT,
    config=12,
)


def _rng_chain(draw: Draw) -> Chain:
    return Chain(0, (), tuple(1 + draw.below(256) for _ in range(1 + draw.below(3))))


RNG = VirtioType("rng", (8,), _rng_chain)

_INFLATE, _DEFLATE, _STATISTICS = 0, 1, 2
#: Pages that are inflated at random: conventional memory that nobody uses.
_FIRST_PAGE, _PAGES = 0x20, 0x40
_ACTUAL = 4


def _balloon_chain(draw: Draw) -> Chain:
    queue = draw.choose((_INFLATE, _DEFLATE, _STATISTICS))
    count = 1 + draw.below(4)
    if queue == _STATISTICS:
        entries = b"".join(struct.pack("<HQ", n, draw.below(1 << 16)) for n in range(count))
        return Chain(queue, (entries,))
    pages = (_FIRST_PAGE + draw.below(_PAGES) for _ in range(count))
    return Chain(queue, (b"".join(struct.pack("<I", page) for page in pages),))


BALLOON = VirtioType(
    "balloon",
    (128, 128, 128),
    _balloon_chain,
    Proof(
        page=Page(_INFLATE),
        writes=(Setting(_ACTUAL, struct.pack("<I", 1)),),
        reads=(Setting(_ACTUAL, struct.pack("<I", 1)),),
    ),
    features=1 << 0 | 1 << 1,
    config=8,
)

_ATTACH, _DETACH, _MAP, _UNMAP, _PROBE = 1, 2, 3, 4, 5
_NO_ENTRY = 6
_PROBE_BYTES = 512


def _iommu_chain(draw: Draw) -> Chain:
    kind = draw.choose((_MAP, _ATTACH, _UNMAP, _DETACH, _PROBE, 9))
    domain, endpoint = 1 + draw.below(2), draw.below(4) << 3
    start = draw.below(16) << 12
    end = start + (1 + draw.below(4) << 12) - 1
    head = struct.pack("<II", kind, domain)
    if kind == _MAP:
        rest = struct.pack("<QQQI", start, end, 0x200000 + start, draw.below(8))
        return Chain(0, (head + rest,), (4,))
    if kind == _UNMAP:
        return Chain(0, (head + struct.pack("<QQI", start, end, 0),), (4,))
    if kind == _PROBE:
        body = struct.pack("<II", kind, endpoint) + bytes(64)
        return Chain(0, (body,), (_PROBE_BYTES + 4,))
    return Chain(0, (head + struct.pack("<IQ", endpoint, 0),), (4,))


IOMMU = VirtioType(
    "iommu",
    (256, 256),
    _iommu_chain,
    # What was never mapped can't be unmapped, and the device says so.
    Proof(
        (Chain(0, (struct.pack("<IIQQI", _UNMAP, 0x1234, 0, 0xFFF, 0),), (4,)),),
        (Answer(0, 0, bytes((_NO_ENTRY, 0, 0, 0))),),
    ),
    config=64,
)

_MEM_PLUG, _MEM_UNPLUG, _MEM_UNPLUG_ALL, _MEM_STATE = 0, 1, 2, 3


def _mem_request(kind: int, address: int = 0, blocks: int = 0) -> Chain:
    return Chain(0, (struct.pack("<HHHHQHHHH", kind, 0, 0, 0, address, blocks, 0, 0, 0),), (10,))


def _mem_chain(draw: Draw) -> Chain:
    kind = draw.choose((_MEM_PLUG, _MEM_STATE, _MEM_UNPLUG, _MEM_UNPLUG_ALL, 7))
    return _mem_request(kind, (1 << 32) + (draw.below(8) << 21), draw.below(4))


MEM = VirtioType(
    "mem",
    (128,),
    _mem_chain,
    Proof((_mem_request(_MEM_UNPLUG_ALL),), (Answer(0, 0, bytes(2)),)),
)

_CIPHER, _AES_CBC, _ENCRYPT, _OP_CIPHER = 0, 3, 1, 1
#: A session is never ended: which ones there are is not known, and QEMU 5.2 ends if there
#: is no such session (backends/cryptodev-builtin.c, cryptodev_builtin_sym_close_session).
_CREATE_SESSION = 2
_DATA, _CRYPTO_CONTROL = 0, 1


def _create_session(algorithm: int, key: bytes, direction: int) -> Chain:
    header = struct.pack("<IIII", _CIPHER << 8 | _CREATE_SESSION, algorithm, 0, 0)
    cipher = struct.pack("<IIII", algorithm, len(key), direction, 0)
    body = (cipher.ljust(48, b"\0") + struct.pack("<II", _OP_CIPHER, 0)).ljust(56, b"\0")
    return Chain(_CRYPTO_CONTROL, (header + body, key), (16,))


def _crypto_chain(draw: Draw) -> Chain:
    if draw.below(3) == 0:
        algorithm = draw.choose((_AES_CBC, 2, 4, 12, 99))
        return _create_session(algorithm, draw.bytes(draw.choose((16, 24, 32))), 1 + draw.below(2))
    header = struct.pack("<IIQII", draw.below(2), _AES_CBC, draw.below(4), 0, 0)
    lengths = struct.pack("<IIII", 16, 32, 32, 0).ljust(40, b"\0")
    body = (lengths + struct.pack("<II", _OP_CIPHER, 0)).ljust(48, b"\0")
    return Chain(_DATA, (header + body, draw.bytes(16), draw.bytes(32)), (32, 1))


CRYPTO = VirtioType(
    "crypto",
    (256, 256),
    _crypto_chain,
    Proof(
        (_create_session(_AES_CBC, bytes(range(16)), _ENCRYPT),),
        (Answer(0, 8, bytes(4)),),
        at_once=False,
    ),
)

_RTC_READ, _RTC_READ_CROSS, _RTC_CFG, _RTC_CLOCK_CAP = 0x1, 0x2, 0x1000, 0x1001
_RTC_CROSS_CAP, _RTC_ALARM = 0x1002, 0x1003


def _rtc_request(kind: int, clock: int = 0, *, room: int) -> Chain:
    return Chain(0, (struct.pack("<HHHHHHHH", kind, 0, 0, 0, clock, 0, 0, 0),), (room,))


def _rtc_chain(draw: Draw) -> Chain:
    kind = draw.choose((_RTC_READ, _RTC_READ_CROSS, _RTC_CFG, _RTC_CLOCK_CAP, _RTC_CROSS_CAP))
    return _rtc_request(kind + 9 * draw.below(2) * draw.below(2), draw.below(2), room=24)


RTC = VirtioType(
    "rtc",
    (64,),
    _rtc_chain,
    Proof(
        (Chain(0, (struct.pack("<HHHH", _RTC_CFG, 0, 0, 0),), (16,)),),
        # No error, and one clock.
        (Answer(0, 0, bytes(8) + struct.pack("<H", 1)),),
    ),
)
