"""Types of fields that hold several values."""

from __future__ import annotations

import pytest

from tests.support.cursors import saved
from tests.support.pieces import numbers, paths, tiles
from vmstate.decoded import record
from vmstate.decoded.cutter import Cutter
from vmstate.errors import StreamError
from vmstate.info.devices import (
    CBINFOS,
    HPPA_TLB_ENTRY,
    MIPS_OCTEON_LLM_TREE,
    MIPS_TLB,
    MIPS_TLB32,
    PPC_SLBE,
    SCSI_REQUESTS,
    USBREDIR_EP_BUFPQ,
    USBREDIR_EP_PACKET_ID_Q,
)
from vmstate.info.devices.hppa import TlbEntry as HppaEntry
from vmstate.info.devices.mips import TlbEntry as MipsEntry
from vmstate.info.devices.ppc import SlbEntry
from vmstate.info.devices.scsi_requests import ScsiRequest
from vmstate.info.devices.usbredir import BufferedPacket
from vmstate.info.devices.vdagent import Clipboard, Content


def walked(function, data):
    cutter = Cutter(data)
    function(cutter)
    assert tiles(cutter)
    assert cutter.is_at_end
    return cutter


#: What cuts, the codec and a value that it writes, some paths and the bytes there.
CASES = {
    "slbe": (
        record.segment,
        PPC_SLBE,
        SlbEntry(1, 2),
        {"esid": b"\0" * 7 + b"\1", "vsid": b"\0" * 7 + b"\2"},
    ),
    "tlb_entry": (
        record.mips_translation,
        MIPS_TLB,
        MipsEntry(vpn=3, page_mask=4, asid=5, mmid=6, pfn=[7, 8]),
        {"vpn": b"\0" * 7 + b"\3", "mmid": b"\0\0\0\6", "pfn[1]": b"\0" * 7 + b"\x08"},
    ),
    "tlb entry": (
        record.hppa_translation,
        HPPA_TLB_ENTRY,
        HppaEntry(start=1, last=2, pa=3, entry_valid=1),
        {"start": b"\0" * 7 + b"\1", "access": b"\0" * 7 + b"\1"},
    ),
    "octeon_llm_tree": (
        record.low_latency_memory,
        MIPS_OCTEON_LLM_TREE,
        {1: 2, 3: 4},
        {"count": b"\0\0\0\2", "[1].address": b"\0" * 7 + b"\3"},
    ),
    "usb-redir-bufpq": (
        record.packets,
        USBREDIR_EP_BUFPQ,
        [BufferedPacket(1, b"ab"), BufferedPacket(2, b"")],
        {"[0].data": b"ab", "[1].status": b"\0\0\0\2"},
    ),
    "usb-redir-packet-id-q": (
        record.packet_ids,
        USBREDIR_EP_PACKET_ID_Q,
        [9, 8],
        {"[0]": b"\0" * 7 + b"\x09", "[1]": b"\0" * 7 + b"\x08"},
    ),
    "vdagent/cbinfos": (
        record.clipboards,
        CBINFOS,
        [Clipboard(1, True, 7, [Content(True, False, b"text")])],
        {"[0].serial": b"\0\0\0\7", "[0].types[0].data": b"text"},
    ),
}


@pytest.mark.parametrize(("function", "codec", "value", "expected"), CASES.values(), ids=CASES)
def test_what_a_codec_writes_is_cut_to_the_last_byte(function, codec, value, expected):
    found = numbers(walked(function, saved(codec, value)))
    assert {path: found[path] for path in expected} == expected


@pytest.mark.parametrize(
    ("size", "register", "vpn", "has_mmid"),
    [(28, "", 4, False), (36, "", 8, True), (32, "uint64", 8, False), (32, "uint32", 4, True)],
)
def test_a_mips_translation_depends_on_registers_and_release(size, register, vpn, has_mmid):
    cutter = Cutter(bytes(size))
    record.mips_translation(cutter, register)
    assert cutter.is_at_end
    found = numbers(cutter)
    assert len(found["vpn"]) == vpn
    assert ("mmid" in found) == has_mmid


def test_a_32_bit_cpus_translation_of_today_is_what_its_codec_writes():
    data = saved(MIPS_TLB32, MipsEntry(vpn=1, asid=2))
    cutter = Cutter(data)
    record.mips_translation(cutter, "uint32")
    assert numbers(cutter)["asid"] == b"\0\2"


@pytest.mark.parametrize("size", [0, 27, 30, 40])
def test_a_translation_of_another_size_is_an_error(size):
    with pytest.raises(StreamError, match=f"a translation of {size} bytes"):
        record.mips_translation(Cutter(bytes(size)))


@pytest.mark.parametrize(("size", "width"), [(16, 4), (32, 8)])
def test_a_pa_risc_cpus_translation_has_four_registers(size, width):
    found = numbers(walked(record.hppa_translation, bytes(size)))
    assert [(path, len(data)) for path, data in found.items()] == [
        (name, width) for name in ("start", "last", "pa", "access")
    ]


def test_no_scsi_requests_are_a_mark_only():
    cutter = walked(record.scsi_requests, saved(SCSI_REQUESTS, []))
    assert cutter.pieces == []


@pytest.mark.parametrize("retry", [False, True])
def test_of_a_scsi_request_the_common_part_is_cut(retry):
    cutter = Cutter(saved(SCSI_REQUESTS, [ScsiRequest(b"c" * 16, 3, 4, retry)]))
    with pytest.raises(StreamError, match="what the bus and the device add"):
        record.scsi_requests(cutter)
    found = numbers(cutter)
    assert found["[0].cdb"] == b"c" * 16
    assert (found["[0].tag"], found["[0].lun"]) == (b"\0\0\0\3", b"\0\0\0\4")
    assert tiles(cutter)


@pytest.mark.parametrize("data", [b"", b"\x07"])
def test_what_is_no_scsi_request_is_an_error(data):
    with pytest.raises(StreamError, match="of requests"):
        record.scsi_requests(Cutter(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\0", ["is_present"]),
        (b"\1\2" + bytes(8), ["is_present", "high", "low"]),
    ],
)
def test_a_clock_may_have_no_value(data, expected):
    assert paths(walked(record.clock, data)) == expected


def test_an_image_of_channel_paths_stands_among_null_pointers():
    image = b"\1\0\1" + bytes(3 * 255)
    found = numbers(walked(record.channel_subsystem, b"0" * 254 + image + b"0" + b"\xfe"))
    assert found["css[254].chpids[0].in_use"] == b"\1"
    assert found["css[253]"] == b"0"
    assert found["default_cssid"] == b"\xfe"


@pytest.mark.parametrize("function", [record.packets, record.packet_ids, record.clipboards])
def test_a_count_that_lies_is_an_error_before_it_takes_room(function):
    cutter = Cutter(b"\xff\xff\xff\xff" + bytes(20))
    with pytest.raises(StreamError):
        function(cutter)
    assert len(cutter.pieces) < 20
