"""Records: types of fields that hold several values, cut into them.

Owns the small ones of CPUs and devices; PCI's and virtio's have modules of their own.

Source: QEMU 11.1 target/ppc/machine.c (put_slbe), target/mips/system/machine.c (put_tlb),
target/hppa/machine.c (put_tlb), hw/usb/redirect.c, ui/vdagent.c, hw/scsi/scsi-bus.c
(put_scsi_req), hw/s390x/css.c and hw/s390x/tod.c.
"""

from __future__ import annotations

from vmstate.decoded.cutter import Cutter, Row
from vmstate.decoded.types import size_of

_CDB_SIZE, _REQUEST_MARKS = 16, (1, 2)


def segment(cutter: Cutter) -> None:
    """Cut a segment's entry of a PowerPC CPU."""
    cutter.row((("esid", "uint64"), ("vsid", "uint64")))


def mips_translation(cutter: Cutter, register: str = "") -> None:
    """Cut a translation of a MIPS CPU.

    Args:
        cutter: at a translation, which is all that is left.
        register: type of a register of the CPU; by the size where it is empty.
    """
    size = len(cutter.data) - cutter.offset
    for kind in ("uint64", "uint32"):
        # 7.2 does not send it; 11.1 does.
        for mmid in ((), (("mmid", "uint32"),)):
            row = (("vpn", kind), *_MIPS_FIRST, *mmid, *_MIPS_LAST)
            if sum(size_of(part) for _, part in row) == size and register in ("", kind):
                cutter.row(row)
                return
    raise cutter.error(f"a translation of {size} bytes")


_MIPS_FIRST: Row = (("page_mask", "uint32"), ("asid", "uint16"))
_MIPS_LAST: Row = (("flags", "uint16"), ("pfn[0]", "uint64"), ("pfn[1]", "uint64"))


def hppa_translation(cutter: Cutter) -> None:
    """Cut a translation of a PA-RISC CPU, whose registers have 64 bits since 8.2."""
    kind = "uint32" if len(cutter.data) - cutter.offset == _NARROW else "uint64"
    cutter.row(tuple((name, kind) for name in ("start", "last", "pa", "access")))


_NARROW = 4 * 4


def low_latency_memory(cutter: Cutter) -> None:
    """Cut the words of an Octeon's low-latency memory."""
    count = cutter.number("count", "uint32")
    cutter.rows("", (("address", "uint64"), ("word", "uint64")), count)


def packets(cutter: Cutter) -> None:
    """Cut the packets that wait for the guest."""
    for index in range(cutter.number("count", "uint32")):
        with cutter.inside(f"[{index}]"):
            length = cutter.number("length", "uint32")
            cutter.number("status", "uint32")
            cutter.raw("data", "buffer", length)


def packet_ids(cutter: Cutter) -> None:
    """Cut a queue of packets' ids."""
    cutter.array("", "uint64", cutter.number("count", "uint32"))


def clipboards(cutter: Cutter) -> None:
    """Cut what a guest offers in each selection."""
    for index in range(cutter.number("count", "uint32")):
        with cutter.inside(f"[{index}]"):
            cutter.row((("selection", "int32"), ("has_serial", "bool"), ("serial", "uint32")))
            with cutter.inside("types[0]"):
                cutter.row((("available", "bool"), ("requested", "bool")))
                cutter.raw("data", "buffer", cutter.number("length", "uint32"))


def scsi_requests(cutter: Cutter) -> None:
    """Cut a SCSI device's requests, as far as they are alike in all devices.

    What the bus and the device add to a request depends on both, which nothing here tells:
    it stays, with all requests behind it.
    """
    mark = cutter.data[cutter.offset : cutter.offset + 1]
    if mark and mark[0] in _REQUEST_MARKS:
        cutter.number("[0].mark", "uint8")
        cutter.raw("[0].cdb", "buffer", _CDB_SIZE)
        cutter.row((("[0].tag", "uint32"), ("[0].lun", "uint32")))
        raise cutter.error("what the bus and the device add to a request is not known")
    cutter.has_more("requests")


def clock(cutter: Cutter) -> None:
    """Cut the clock of an s390x machine, which has no description."""
    if cutter.number("is_present", "uint8"):
        cutter.row((("high", "uint8"), ("low", "uint64")))


def channel_subsystem(cutter: Cutter) -> None:
    """Cut the rest of an s390x channel subsystem, from its images on.

    Until 9.2 a vmdesc tells all of an array of pointers like its first one, and that is
    null.  An image's first byte is a flag, 0 or 1; a null pointer's mark is none.
    """
    for index in range(_IMAGES):
        name = f"css[{index}]"
        if cutter.data[cutter.offset : cutter.offset + 1] == b"0":
            cutter.raw(name, "nullptr", 1)
        else:
            cutter.rows(f"{name}.chpids", _CHANNEL_PATH, _PATHS)
    cutter.number("default_cssid", "uint8")


_IMAGES, _PATHS = 256, 256
_CHANNEL_PATH: Row = (("in_use", "uint8"), ("type", "uint8"), ("is_virtual", "uint8"))
