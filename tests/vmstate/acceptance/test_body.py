"""Bodies: what a destination's layout takes of a section's bytes."""

from __future__ import annotations

import pytest

from tests.support import one_of_each as small
from tests.support.virtio_blobs import BLOCK
from vmstate.acceptance.body import BodyLoader
from vmstate.acceptance.layout import Layout, Nested, Piece, dumped_layout, sent_layout
from vmstate.cursor import Reader
from vmstate.description import Field, VMStateDescription
from vmstate.dump import read_dump
from vmstate.errors import StreamError
from vmstate.stream import read_stream
from vmstate.unknown import RAW, RAW_STRUCT, UnknownNeed

STREAM = read_stream(small.SMALL)
LOADER = BodyLoader(0xFF)


def layout_of(idstr):
    for section, device in zip(STREAM.sections, STREAM.vmdesc.devices, strict=True):
        if section.idstr == idstr:
            return sent_layout(device.body, section.body), section.body
    raise AssertionError(idstr)


CHIP, BODY = layout_of("0000:00:01.0/chip")


def left(body, layout=CHIP, version_id=None):
    """Return the bytes that are left of *body*."""
    reader = Reader(body)
    LOADER.load(reader, layout, layout.version_id if version_id is None else version_id)
    return bytes(reader.data[reader.offset :])


def refused(body, layout=CHIP, version_id=None):
    with pytest.raises(StreamError) as caught:
        left(body, layout, version_id)
    return str(caught.value)


def test_every_section_takes_its_own_bytes():
    for section in STREAM.sections:
        layout, body = layout_of(section.idstr)
        assert left(body + b"\x7erest", layout) == b"\x7erest"


def test_what_is_not_of_the_layout_is_left():
    assert left(BODY[:33] + b"more") == b"more"


def test_a_number_that_must_be_equal_is_compared():
    assert refused(b"\0\0\0\5" + BODY[4:]) == (
        "chip/nirq at offset 0x0: 00000005, expected 00000004, which must be the same on both sides"
    )


@pytest.mark.parametrize("sent", [b"\0\0\0\3", b"\xff\xff\xff\xff"])
def test_a_version_inside_must_be_known(sent):
    value = int.from_bytes(sent, signed=True)
    assert refused(BODY[:4] + sent + BODY[8:]) == (
        f"chip/version_id at offset 0x4: {value}, expected 0 to 2"
    )


def test_a_lower_version_inside_is_taken():
    assert left(BODY[:7] + b"\1" + BODY[8:]) == b""


def test_an_interrupt_is_on_or_off():
    assert left(BODY[:11] + b"\1" + BODY[12:]) == b""
    assert refused(BODY[:11] + b"\2" + BODY[12:]) == (
        "chip/irq_state at offset 0x8: levels [2, 0, 0, 0] of interrupts, expected 0 or 1"
    )


def test_a_null_pointer_stays_one():
    assert refused(BODY[:24] + b"1" + BODY[25:]) == (
        "chip/null at offset 0x18: b'1', expected b'0': the pointer is null here"
    )


def test_subsections_may_be_left_out_repeated_and_in_any_order():
    head, extra, deep = BODY[:33], BODY[33:50], BODY[50:]
    assert left(head) == b""
    assert left(head + deep + extra + deep) == b""


def test_a_subsection_that_nobody_knows_is_refused():
    assert refused(BODY[:33] + small.subsection("chip/none", 1, b"")) == (
        "chip at offset 0x21: subsection 'chip/none', expected one of ['chip/deep', 'chip/extra']"
    )


def test_a_subsection_without_a_stroke_is_looked_for_all_the_same():
    assert "subsection 'chipper'" in refused(BODY[:33] + small.subsection("chipper", 1, b""))


@pytest.mark.parametrize("name", ["other/extra", "chip", "", "chi"])
def test_a_subsection_of_another_or_too_short_a_name_is_left(name):
    rest = small.subsection(name, 1, b"\1")
    assert left(BODY[:33] + rest) == rest


def test_a_subsection_that_is_cut_off_in_its_name_is_left():
    assert left(BODY[:33] + b"\5\x0achip/ext") == b"\5\x0achip/ext"


def test_what_is_behind_a_nul_does_not_count_in_a_subsections_name():
    assert left(BODY[:33] + small.subsection("chip/extra\0zz", 2, b"\1")) == b""


@pytest.mark.parametrize(("version_id", "told"), [(3, "new"), (1, "old"), (0, "old")])
def test_a_subsections_version_is_checked(version_id, told):
    assert refused(BODY[:33] + small.subsection("chip/extra", version_id, b"\1")) == (
        f"chip<chip/extra> at offset 0x31: version {version_id} is too {told}: versions 2 to 2 "
        "can be read"
    )


def test_of_a_subsections_version_one_byte_counts():
    assert left(BODY[:33] + small.subsection("chip/extra", 0x102, b"\1")) == b""


def test_a_nested_subsection_belongs_to_the_one_that_it_stands_behind():
    inner = small.subsection("chip/deep/er", 1, b"y")
    deep = small.subsection("chip/deep", 1, b"deep")
    assert left(BODY[:33] + deep + inner) == b""
    assert "subsection 'chip/deep/er'" in refused(BODY[:33] + inner)


def test_any_number_of_elements_may_be_queued():
    layout, body = layout_of("requests")
    assert left(b"\0", layout) == b""
    assert left(b"\1a\2b\3c\0rest", layout) == b"rest"
    assert "needs 1 bytes" in refused(body[:-1], layout)


def test_what_ends_too_early_is_refused_with_its_field():
    assert refused(BODY[:29]) == "chip/bits at offset 0x1d: needs 4 bytes, 0 are left"


def test_a_counter_says_how_many_come():
    point = Layout("point", 1, 1, (Piece("x", "uint8", 1),))
    layout = Layout("list", 1, 1, (Piece("n", "uint8", 1), Nested("all", point, counter="n")))
    assert left(b"\3abcd", layout) == b"d"
    assert left(b"\0abcd", layout) == b"abcd"


def test_the_timers_of_hpet_are_counted():
    timer = small.described("hpet_timer", 1, small.field("period", "uint8", 1))
    hpet = small.described(
        "hpet",
        2,
        small.field("num_timers", "uint8", 1),
        small.field("timer", "struct", 1, index=0, struct=timer),
        small.field("timer", "struct", 1, index=1, struct=timer),
        small.field("timer", "struct", 1, index=2, struct=timer),
    )
    stream = read_stream(small.written(small.events((("hpet", 0, hpet, b"\3abc"),))))
    layout = sent_layout(stream.vmdesc.devices[0].body, b"\3abc")
    assert left(b"\3abc", layout) == b""
    assert left(b"\4abcdrest", layout) == b"rest"


def test_a_counter_that_does_not_come_is_what_it_is_here():
    point = Layout("point", 1, 1, (Piece("x", "uint8", 1),))
    counter = Piece("n", "uint8", 1, b"\2", since=2)
    layout = Layout(
        "list", 2, 1, (Nested("one", point, since=2), counter, Nested("all", point, counter="n"))
    )
    assert left(b"x\3abcd", layout) == b"d"
    assert left(b"abcd", layout, 1) == b"cd"


def test_timers_that_are_not_counted_are_as_many_as_here():
    timer = small.described("hpet_timer", 1, small.field("period", "uint8", 1))
    hpet = small.described("hpet", 2, small.field("timer", "struct", 1, array_len=2, struct=timer))
    stream = read_stream(small.written(small.events((("hpet", 0, hpet, b"ab"),))))
    layout = sent_layout(stream.vmdesc.devices[0].body, b"ab")
    assert left(b"abrest", layout) == b"rest"


def ide(flag, data=b""):
    """A drive's layout by its own state, and that state."""
    fields = [small.field("identify_set", "int32", 4)]
    fields += [small.field("identify_data", "buffer", len(data))] if data else []
    fields.append(small.field("feature", "uint8", 1))
    body = flag.to_bytes(4) + data + b"f"
    drive = small.described("ide_drive", 3, *fields)
    stream = read_stream(small.written(small.events((("ide_drive", 0, drive, body),))))
    return sent_layout(stream.vmdesc.devices[0].body, body), body


def test_what_a_drive_says_of_itself_comes_where_it_is_set():
    layout, body = ide(0)
    assert left(body + b"rest", layout) == b"rest"
    assert left((1).to_bytes(4) + bytes(512) + b"f" + b"rest", layout) == b"rest"


def test_what_came_itself_is_not_waited_for_twice():
    layout, body = ide(1, bytes(512))
    assert left(body + b"rest", layout) == b"rest"
    assert left(bytes(4) + b"f" + b"rest", layout) == b"rest"


# What a dump adds -------------------------------------------------------------------------


def known(**more):
    point = VMStateDescription(
        name="point", version_id=1, fields=(Field(name="x", size=1, info=RAW),)
    )
    names = ("nirq", "version_id", "irq_state", "null", "queue_len")
    return VMStateDescription(
        name="chip",
        version_id=3,
        minimum_version_id=1,
        fields=(
            *(Field(name=name, size=1, info=RAW) for name in names),
            Field(name="point", vmsd=point, info=RAW_STRUCT),
            Field(name="bits", size=1, info=RAW, version_id=3),
        ),
        subsections=(
            VMStateDescription(
                name="chip/more",
                version_id=1,
                fields=(
                    Field(name="z", size=2, info=RAW),
                    Field(name="p", vmsd=point, info=RAW_STRUCT),
                ),
                needed=UnknownNeed("chip/more"),
            ),
        ),
        **more,
    )


def with_known(*descriptions):
    device = next(one for one in STREAM.vmdesc.devices if one.idstr.endswith("chip"))
    return sent_layout(device.body, BODY, descriptions)


def test_a_dump_tells_the_lowest_version_and_who_has_which_field():
    layout = with_known(known())
    assert left(BODY[:29], layout, 1) == b""
    assert "version 0 is too old: versions 1 to 3" in refused(BODY, layout, 0)


def test_a_dump_tells_of_subsections_that_did_not_come():
    layout = with_known(known())
    assert left(BODY[:33] + small.subsection("chip/more", 1, b"zzx"), layout) == b""


def test_of_devices_that_share_a_name_the_one_with_the_fields_is_meant():
    other = VMStateDescription(
        name="chip", version_id=3, minimum_version_id=0, fields=(Field(name="a", size=1, info=RAW),)
    )
    assert with_known(other, known()).minimum_version_id == 1
    assert with_known(other).minimum_version_id == 3


def test_fields_of_one_name_are_numbered_in_the_order_of_the_description():
    device = small.described(
        "twice", 2, small.field("a[0]", "uint8", 1), small.field("a[1]", "uint8", 1)
    )
    stream = read_stream(small.written(small.events((("twice", 0, device, b"xy"),))))
    twice = VMStateDescription(
        name="twice",
        version_id=2,
        minimum_version_id=1,
        fields=(
            Field(name="a", size=1, info=RAW),
            Field(name="a", size=1, info=RAW, version_id=2),
        ),
    )
    layout = sent_layout(stream.vmdesc.devices[0].body, b"xy", (twice,))
    assert left(b"xy", layout, 1) == b"y"


def test_an_array_in_a_dump_has_its_size():
    dump = {
        "chip": {
            "Name": "chip",
            "version_id": 1,
            "minimum_version_id": 1,
            "Description": {
                "name": "chip",
                "version_id": 1,
                "minimum_version_id": 1,
                "Fields": [
                    {"field": "a", "version_id": 0, "field_exists": False, "size": 2, "num": 3}
                ],
            },
        }
    }
    (one,) = read_dump(dump).named("chip")
    assert left(bytes(7), dumped_layout(one)) == b"\0"


# Virtio -----------------------------------------------------------------------------------


#: Where a device with two vectors has the length of its configuration, and that length.
CONFIG = 4 + 256 + 16 + 33 + 2 + 8
SIZE = int.from_bytes(BLOCK[CONFIG : CONFIG + 4])


def virtio_layout(name):
    return Layout(name, 2, 2, (Piece("virtio", "virtio", len(BLOCK), BLOCK),))


def test_a_virtio_device_is_as_long_as_it_says():
    layout = virtio_layout("virtio-blk")
    assert left(BLOCK + b"\x7e", layout) == b"\x7e"
    longer = BLOCK[:CONFIG] + (SIZE + 1).to_bytes(4) + b"z" + BLOCK[CONFIG + 4 :]
    assert left(longer + b"\x7e", layout) == b"\x7e"


def test_a_virtio_device_of_an_unknown_class_is_as_long_as_here():
    layout = virtio_layout("virtio-odd")
    assert left(BLOCK + b"\x7e", layout) == b"\x7e"


def test_a_virtio_device_with_too_many_queues_is_refused():
    place = CONFIG + 4 + SIZE
    assert "queues were sent" in refused(
        BLOCK[:place] + (2000).to_bytes(4) + BLOCK[place + 4 :], virtio_layout("virtio-blk")
    )
