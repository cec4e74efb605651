"""Virtio devices that hold data: blk, scsi, 9p and pmem.

Source: VIRTIO 1.2, sections 5.2, 5.6 and 5.19; QEMU 7.2 hw/block/virtio-blk.c,
hw/scsi/virtio-scsi.c, hw/virtio/virtio-pmem.c, hw/9pfs/9p.c; 9P2000.L as in QEMU 7.2
hw/9pfs/9p.h.
"""

from __future__ import annotations

import struct

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.virtio_types import Answer, Chain, Proof, VirtioType

SECTOR = 512
#: A sector that requests leave alone, so that it stays zero: a write and a read of it that
#: are under way together may be done in any order.
_QUIET = 1000

# Types of block requests.
_IN, _OUT, _FLUSH, _GET_ID, _DISCARD, _WRITE_ZEROES = 0, 1, 4, 8, 11, 13
_BLK_TYPES = (_IN, _OUT, _FLUSH, _GET_ID, _DISCARD, _WRITE_ZEROES, _IN, _OUT, 2, 16, 99)


def _blk(kind: int, sector: int, out: tuple[bytes, ...] = (), room: int = 0) -> Chain:
    header = struct.pack("<IIQ", kind, 0, sector)
    return Chain(0, (header, *out), (room, 1) if room else (1,))


def _blk_chain(draw: Draw) -> Chain:
    kind = draw.choose(_BLK_TYPES)
    # Most sectors exist; those of the last choice don't, on a small disk.
    sector = draw.below(64) if draw.below(8) else draw.below(1 << 32)
    size = SECTOR * (1 + draw.below(4))
    if kind == _OUT:
        return _blk(kind, sector, (draw.bytes(8) * (size // 8),))
    if kind in (_DISCARD, _WRITE_ZEROES):
        return _blk(kind, 0, (struct.pack("<QII", sector, 1 + draw.below(8), draw.below(2)),))
    if kind == _GET_ID:
        return _blk(kind, 0, (), 20)
    return _blk(kind, sector, (), 0 if kind == _FLUSH else size)


BLOCK = VirtioType(
    "blk",
    (256,),
    _blk_chain,
    Proof(
        (
            _blk(_OUT, _QUIET, (bytes(SECTOR),)),
            _blk(_IN, _QUIET, (), SECTOR),
        ),
        (Answer(0, 0, b"\0"), Answer(1, 0, bytes(SECTOR) + b"\0")),
    ),
    config=64,
)

_SCSI_CONTROL, _SCSI_EVENT, _SCSI_REQUEST = 0, 1, 2
_T_TMF, _T_AN_QUERY, _T_AN_SUBSCRIBE = 0, 1, 2
_TMF_KINDS = 8

#: The first bytes of command blocks: operation, and the length of the answer.
_CDBS = (
    (bytes((0x12, 0, 0, 0, 96, 0)), 96),  # INQUIRY
    (bytes(6), 0),  # TEST UNIT READY
    (bytes((0x03, 0, 0, 0, 18, 0)), 18),  # REQUEST SENSE
    (bytes((0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0)), 64),  # REPORT LUNS
    (bytes((0x25, *bytes(9))), 8),  # READ CAPACITY (10)
    (bytes((0x28, 0, 0, 0, 0, 1, 0, 0, 1, 0)), SECTOR),  # READ (10)
    (bytes((0x1A, 0, 0x3F, 0, 192, 0)), 192),  # MODE SENSE (6)
    (bytes((0xFF, *bytes(5))), 0),  # no such command
)


def _lun(target: int, lun: int = 0) -> bytes:
    return bytes((1, target, 0x40 | lun >> 8, lun & 0xFF, 0, 0, 0, 0))


def _scsi_command(target: int, cdb: bytes, room: int, tag: int) -> Chain:
    header = _lun(target) + struct.pack("<QBBB", tag, 0, 0, 0) + cdb.ljust(32, b"\0")
    response = 108
    return Chain(_SCSI_REQUEST, (header,), (response, room) if room else (response,))


def _scsi_chain(draw: Draw) -> Chain:
    which = draw.below(8)
    target = draw.below(2) * draw.below(256)
    if which == 0:
        return Chain(_SCSI_EVENT, (), (16,))
    if which == 1:
        subtype = draw.below(_TMF_KINDS)
        body = struct.pack("<II", _T_TMF, subtype) + _lun(target) + draw.bytes(8)
        return Chain(_SCSI_CONTROL, (body,), (1,))
    if which == 2:
        body = struct.pack("<I", _T_AN_QUERY + draw.below(2)) + _lun(target) + draw.bytes(4)
        return Chain(_SCSI_CONTROL, (body,), (5,))
    cdb, room = draw.choose(_CDBS)
    return _scsi_command(target, cdb, room, draw.below(256))


SCSI = VirtioType(
    "scsi",
    (256, 256, 256),
    _scsi_chain,
    # Asked for asynchronous events, the device says that there are none: no disk is needed.
    Proof(
        (Chain(_SCSI_CONTROL, (struct.pack("<I", _T_AN_QUERY) + _lun(0) + bytes(4),), (5,)),),
        (Answer(0, 0, bytes(5)),),
    ),
)

_TVERSION, _RVERSION, _NO_TAG, _DIALECT = 100, 101, 0xFFFF, b"9P2000.L"
#: Kinds of messages that may be sent at random.  Not attach (104) and authentication (102):
#: while a file system is attached, QEMU refuses to save the machine, as it is made to
#: (QEMU 7.2 hw/9pfs/9p.c, v9fs_attach, migration_blocker).
_9P_KINDS = (_TVERSION, 8, 12, 14, 24, 30, 32, 40, 50, 108, 110, 116, 118, 120, 122, 7, 255)


def _9p(kind: int, tag: int, body: bytes, room: int) -> Chain:
    return Chain(0, (struct.pack("<IBH", 7 + len(body), kind, tag) + body,), (room,))


def _version(size: int) -> bytes:
    return struct.pack("<IH", size, len(_DIALECT)) + _DIALECT


def _9p_chain(draw: Draw) -> Chain:
    kind = draw.choose(_9P_KINDS)
    if kind == _TVERSION:
        return _9p(kind, _NO_TAG, _version(4096 + draw.below(4096)), 256)
    return _9p(kind, draw.below(16), draw.bytes(4 + draw.below(32)), 256)


NINE_P = VirtioType(
    "9p",
    (128,),
    _9p_chain,
    Proof(
        (_9p(_TVERSION, _NO_TAG, _version(8192), 64),),
        (Answer(0, 0, struct.pack("<IBH", 21, _RVERSION, _NO_TAG) + _version(8192)),),
    ),
)


def _pmem_chain(draw: Draw) -> Chain:
    return Chain(0, (struct.pack("<I", draw.below(2)),), (4,))


PMEM = VirtioType(
    "pmem",
    (128,),
    _pmem_chain,
    # Whether the flush succeeds is up to what the memory is backed with.
    Proof((Chain(0, (bytes(4),), (4,)),), at_once=False),
)
