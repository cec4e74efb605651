"""Sections decoded by the vmdesc that came with them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import virtio_blobs
from vmstate.decoded import DecodedField, bytes_of, decode_section, decode_stream
from vmstate.stream import Section, Stream
from vmstate.vmdesc import Vmdesc, parse_vmdesc


def field(name, kind, size, **more):
    return {"name": name, "type": kind, "size": size, **more}


def sent_of(*fields, name="dev", **more):
    entry = {"name": name, "instance_id": 0, "vmsd_name": name, "version": 1}
    entry |= {"fields": list(fields), **more}
    return parse_vmdesc(json.dumps({"page_size": 4096, "devices": [entry]}).encode()).devices[0]


def old_style(name, size):
    entry = {"name": name, "instance_id": 0, "size": size}
    entry["fields"] = [field("data", "buffer", size)]
    return parse_vmdesc(json.dumps({"page_size": 4096, "devices": [entry]}).encode()).devices[0]


def section(body, name="dev", version=1):
    return Section(1, name, 0, version, bytes(body), offset=50)


def decoded(sent, body, name="dev"):
    return decode_section(section(body, name), sent)


def shown(one):
    return [(leaf.path, leaf.type, leaf.value) for leaf in one.fields]


def header(name, version=1):
    return bytes([5, len(name)]) + name.encode() + version.to_bytes(4)


def test_fields_have_values():
    sent = sent_of(field("a", "int8", 1), field("b", "uint16", 2), field("c", "bool", 1))
    one = decoded(sent, b"\xff\x01\x02\x01")
    assert (one.idstr, one.instance_id, one.version_id, one.description) == ("dev", 0, 1, "dev")
    assert shown(one) == [("a", "int8", -1), ("b", "uint16", 0x102), ("c", "bool", True)]
    assert [leaf.offset for leaf in one.fields] == [0, 1, 3]
    assert one.undecoded == 0


def test_a_type_that_nobody_knows_is_not_decoded():
    one = decoded(sent_of(field("a", "strange", 2), field("b", "uint8", 1)), b"abc")
    assert one.fields[0] == DecodedField("a", "strange", 0, b"ab", b"ab", False)
    assert one.undecoded == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\x01\x02extra", [("a", 1), ("b", 2), ("?", b"extra")]),
        (b"\x01", [("a", 1)]),
        (b"", []),
    ],
)
def test_bytes_that_the_vmdesc_does_not_account_for_are_a_field(body, expected):
    one = decoded(sent_of(field("a", "uint8", 1), field("b", "uint8", 1)), body)
    assert [(leaf.path, leaf.value) for leaf in one.fields] == expected
    assert [leaf.is_decoded for leaf in one.fields] == [path != "?" for path, _ in expected]


def test_a_field_that_holds_fields_is_cut_into_them():
    sent = sent_of(field("irq_state", "pci irq state", 16), field("z", "uint8", 1))
    one = decoded(sent, bytes(15) + b"\x01\x07")
    assert [leaf.path for leaf in one.fields] == [
        *(f"irq_state[{pin}]" for pin in range(4)),
        "z",
    ]
    assert (one.fields[3].offset, one.fields[3].value) == (12, 1)


def test_what_is_odd_in_it_stays_a_field_inside_it():
    sent = sent_of(field("requests", "scsi-requests", 30), field("z", "uint8", 1))
    one = decoded(sent, b"\x01" + bytes(24) + b"rest!" + b"\x07")
    assert [leaf.path for leaf in one.fields] == [
        *(f"requests[0].{name}" for name in ("mark", "cdb", "tag", "lun")),
        "requests.?",
        "z",
    ]
    assert one.fields[4].data == b"rest!"
    assert one.undecoded == 5


def test_a_field_that_is_too_short_for_what_it_should_hold_is_not_decoded():
    one = decoded(sent_of(field("irq_state", "pci irq state", 8)), bytes(8))
    assert shown(one) == [("irq_state", "pci irq state", bytes(8))]
    assert one.undecoded == 8


def test_a_virtio_device_that_is_too_short_is_not_decoded():
    # It ends behind its second register, as if it were one in memory.
    one = decoded(sent_of(field("virtio", "virtio", 8)), bytes(8))
    assert (shown(one), one.undecoded) == ([("virtio", "virtio", bytes(8))], 8)


def test_a_virtio_devices_fields_are_under_its_name():
    blob = virtio_blobs.SCSI
    one = decoded(sent_of(field("virtio", "virtio", len(blob)), name="virtio-scsi"), blob)
    found = {leaf.path: leaf for leaf in one.fields}
    assert found["virtio.queues[2].num"].value == 256
    assert found["virtio.<virtio/64bit_features>.guest_features"].data == bytes(8)
    assert one.undecoded == 0


def test_a_repeated_path_has_a_number():
    config = bytearray(256)
    config[0x06], config[0x34] = 0x10, 0x40
    config[0x40:0x42] = b"\x01\x50"
    config[0x50:0x52] = b"\x01\x00"
    one = decoded(sent_of(field("config", "pci config", 256)), config)
    paths = [leaf.path for leaf in one.fields]
    assert {"config.pm.control", "config.pm.control#2"} <= set(paths)
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize(("register", "size", "vpn"), [("uint64", 32, 8), ("uint32", 32, 4)])
def test_a_mips_cpus_translations_are_as_wide_as_its_registers(register, size, vpn):
    width = 8 if register == "uint64" else 4
    sent = sent_of(
        field("env.active_tc.gpr", register, width, array_len=2),
        field("tlb", "tlb_entry", size, array_len=1),
    )
    one = decoded(sent, bytes(2 * width + size))
    assert {leaf.path: len(leaf.data) for leaf in one.fields}["tlb[0].vpn"] == vpn
    assert one.undecoded == 0


def test_an_old_style_section_is_bytes():
    one = decoded(old_style("slirp", 3), b"abc", "slirp")
    assert (one.description, shown(one)) == ("", [("data", "buffer", b"abc")])


def test_an_old_style_section_that_is_known_has_fields():
    one = decoded(old_style("todclock", 10), b"\1\2" + bytes(7) + b"\3", "todclock")
    assert shown(one) == [
        ("data.is_present", "uint8", 1),
        ("data.high", "uint8", 2),
        ("data.low", "uint64", 3),
    ]


CSS = (
    field("crws_lost", "bool", 1),
    field("css", "struct", 1, array_len=256, struct={}),
    field("default_cssid", "uint8", 1),
)


def test_a_channel_subsystem_that_its_vmdesc_tells_falsely_is_decoded_all_the_same():
    body = b"\0" + b"0" * 254 + b"\1\2\1" + bytes(765) + b"0" + b"\xfe"
    one = decoded(sent_of(*CSS, name="s390_css"), body)
    found = {leaf.path: leaf for leaf in one.fields}
    assert found["css[253]"].value is None
    assert found["css[254].chpids[0].type"].value == 2
    assert found["css[255]"].offset == 1 + 254 + 768
    assert found["default_cssid"].value == 0xFE
    assert one.undecoded == 0


def test_one_that_it_tells_truly_is_left_as_it_is():
    one = decoded(sent_of(*CSS, name="s390_css"), b"\0" + b"0" * 256 + b"\xfe")
    assert [leaf.type for leaf in one.fields] == ["bool", *["nullptr"] * 256, "uint8"]


def test_one_of_another_form_keeps_its_unknown_bytes():
    one = decoded(sent_of(CSS[0], name="s390_css"), b"\0abc")
    assert shown(one) == [("crws_lost", "bool", False), ("?", "?", b"abc")]


def test_one_that_ends_too_early_is_left_to_its_vmdesc():
    body = b"\0" + b"0" * 254 + b"\1" * 800
    one = decoded(sent_of(*CSS, name="s390_css"), body)
    assert one.fields[-1].type == "?"
    assert one.undecoded > 500


def test_every_section_of_a_stream_is_decoded():
    sent = sent_of(field("a", "uint8", 1))
    stream = Stream("pc", (section(b"\1"), section(b"\2")), Vmdesc(4096, (sent, sent)))
    assert [one.fields[0].value for one in decode_stream(stream)] == [1, 2]


FIELDS = [
    field("a", "uint8", 1),
    field("n", "uint16", 2, array_len=3),
    field("config", "pci config", 256),
    field("msix", "msix state", 33),
    field("virtio", "virtio", 60),
    field("pins", "pci irq state", 16),
    field("requests", "scsi-requests", 1),
    field("odd", "strange", 5),
    field("ids", "usb-redir-packet-id-q", 12),
    field("bits", "bitmap", 8),
    field("flag", "bool", 1),
]


@given(
    fields=st.lists(st.sampled_from(FIELDS), max_size=5),
    has_subsection=st.booleans(),
    data=st.data(),
)
def test_every_byte_is_in_one_field_or_frames_fields(fields, has_subsection, data):
    subsection = {"vmsd_name": "dev/x", "version": 1, "fields": [field("s", "int32", 4)]}
    sent = sent_of(*fields, **({"subsections": [subsection]} if has_subsection else {}))
    size = sum(one["size"] * one.get("array_len", 1) for one in fields)
    length = data.draw(st.integers(0, size + 8))
    body = data.draw(st.binary(min_size=length, max_size=length))
    if has_subsection and length == size:
        body += header("dev/x") + b"\0\0\0\1"
    one = decoded(sent, body)
    gaps, reached = bytearray(), 0
    for leaf in one.fields:
        assert leaf.offset >= reached
        assert body[leaf.offset : leaf.offset + len(leaf.data)] == leaf.data != b""
        assert bytes_of(leaf.type, leaf.value, len(leaf.data), leaf.path) == leaf.data
        assert leaf.is_decoded or leaf.value == leaf.data
        gaps += body[reached : leaf.offset]
        reached = leaf.offset + len(leaf.data)
    gaps += body[reached:]
    # All that frames here: the end of no requests, and the subsection's header.
    assert gaps.replace(header("dev/x"), b"").strip(b"\0") == b""
    paths = [leaf.path for leaf in one.fields]
    assert len(set(paths)) == len(paths)
