"""The migration stream's constants: bytes, numbers and names, as QEMU has them.

Source: QEMU 11.1 migration/savevm.h, migration/savevm.c (enum qemu_vm_cmd, mig_cmd_args),
migration/ram.h; for what is gone since, QEMU 7.2 migration/ram.c.
"""

from __future__ import annotations

from enum import IntEnum

#: ``QEVM``.
MAGIC = b"QEVM"
#: The one version that QEMU reads since 2008.
VERSION = 3
#: What files begin with that are taken for a stream, and what they are.
NO_STREAMS = {
    b"QCPR": "it is the state that a CPR migration (cpr-exec, cpr-transfer) hands over: file "
    "descriptors, no devices; these are in the stream of the other channel",
    b"\x11\x22\x33\x44": "it is a further channel of a multifd migration: the devices are in its "
    "main channel",
    b"QFI\xfb": "it is a qcow2 image: the streams of its snapshots are inside it",
    b"\x1f\x8b": "it is compressed by gzip; unpack it first",
    b"\x28\xb5\x2f\xfd": "it is compressed by zstd; unpack it first",
}
#: First byte of the footer behind a section.
FOOTER = 0x7E
#: First byte of a subsection.
SUBSECTION = 0x05
#: The one version of the section of guest memory.
RAM_VERSION = 4
#: Bits of a word of guest memory that are flags, as long as the page size is not known:
#: all that lie below it are.
RAM_FLAGS = 0x3FF
#: The newest version of a block's header in a file with mapped-ram.
MAPPED_VERSION = 1
#: The alignment of the pages of a block in such a file.
MAPPED_ALIGNMENT = 0x100000


class Kind(IntEnum):
    """What the byte at the beginning of each part says that it is."""

    EOF = 0x00
    START = 0x01
    PART = 0x02
    END = 0x03
    FULL = 0x04
    VMDESC = 0x06
    CONFIGURATION = 0x07
    COMMAND = 0x08


class CommandNumber(IntEnum):
    """What a command is."""

    INVALID = 0
    OPEN_RETURN_PATH = 1
    PING = 2
    POSTCOPY_ADVISE = 3
    POSTCOPY_LISTEN = 4
    POSTCOPY_RUN = 5
    POSTCOPY_RAM_DISCARD = 6
    PACKAGED = 7
    ENABLE_COLO = 8
    POSTCOPY_RESUME = 9
    RECV_BITMAP = 10
    SWITCHOVER_START = 11


#: Bytes of payload that a command has; of others any number.
PAYLOADS: dict[CommandNumber, tuple[int, ...]] = {
    CommandNumber.OPEN_RETURN_PATH: (0,),
    CommandNumber.PING: (4,),
    CommandNumber.POSTCOPY_ADVISE: (0, 16),
    CommandNumber.POSTCOPY_LISTEN: (0,),
    CommandNumber.POSTCOPY_RUN: (0,),
    CommandNumber.PACKAGED: (4,),
    CommandNumber.ENABLE_COLO: (0,),
    CommandNumber.POSTCOPY_RESUME: (0,),
    CommandNumber.SWITCHOVER_START: (0,),
}


class Ram(IntEnum):
    """Flags in the low bits of a word of guest memory."""

    ZERO = 0x002
    BLOCKS = 0x004
    PAGE = 0x008
    EOS = 0x010
    CONTINUE = 0x020
    XBZRLE = 0x040
    HOOK = 0x080
    COMPRESSED = 0x100
    MULTIFD_FLUSH = 0x200


#: How an XBZRLE page is encoded; there is no other way.
XBZRLE_METHOD = 1

#: What a word of guest memory can be, CONTINUE left out.
RAM_WORDS = frozenset(Ram) - {Ram.CONTINUE}
#: Those that name a block, or continue one.
RAM_PAGES = frozenset({Ram.ZERO, Ram.PAGE, Ram.XBZRLE, Ram.COMPRESSED})

#: Sizes of target pages, the most common first.
PAGE_SIZES = (4096, 8192, 16384, 65536, 1024, 2048, 32768)
#: The powers of two that a page's size can be: AVR's is the smallest; none is near the largest.
LEAST_PAGE_BITS, MOST_PAGE_BITS = 8, 30
PAGE_POWERS = frozenset(1 << bits for bits in range(LEAST_PAGE_BITS, MOST_PAGE_BITS + 1))

#: Sections that are sent in parts, and whose parts have a form of their own.
RAM_SECTION = "ram"
