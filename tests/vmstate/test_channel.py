"""What all channels have in common."""

import json
from types import SimpleNamespace as State

import pytest

from tests.support.engines import ENGINES
from vmstate import Release, VMStateDescription
from vmstate.channel import begin_as, check_range, put, put_text
from vmstate.containers.packed import PackedGet, PackedPut
from vmstate.containers.readable import dump, load
from vmstate.describe import describe_device, describe_stream
from vmstate.errors import EncodeError, StreamError
from vmstate.macros import VMSTATE_BOOL, VMSTATE_INT32, VMSTATE_STRUCT
from vmstate.stream import Eof, Section, VmdescText

V7_2 = Release.parse("7.2")


def test_a_channel_that_puts_needs_a_value():
    assert put("n", 0) == 0
    with pytest.raises(EncodeError) as caught:
        put("count", None)
    assert str(caught.value) == "count: can't save None: a channel that puts needs a value"


def test_text_that_is_put_has_whole_characters():
    assert put_text("n", "é") == b"\xc3\xa9"
    with pytest.raises(EncodeError) as caught:
        put_text("idstr", "\ud800")
    assert str(caught.value) == "idstr: can't save '\\ud800': no text of whole characters"


@pytest.mark.parametrize(
    ("value", "size", "is_signed"),
    [(0, 1, False), (255, 1, False), (-128, 1, True), (127, 1, True), (-(1 << 63), 8, True)],
)
def test_a_value_in_its_range_is_taken(value, size, is_signed):
    assert check_range("n", value, size, is_signed=is_signed) == value


@pytest.mark.parametrize(
    ("value", "size", "is_signed"),
    [(-1, 1, False), (256, 1, False), (-129, 1, True), (128, 1, True)],
)
def test_a_value_out_of_its_range_is_refused(value, size, is_signed):
    with pytest.raises(StreamError) as caught:
        check_range("n", value, size, is_signed=is_signed)
    kind = "signed" if is_signed else "unsigned"
    assert str(caught.value) == f"n: {value} is no {kind} integer of {size} bytes"


def test_a_record_that_can_be_only_one_thing_is_checked_for_it():
    channel = PackedPut()
    begin_as(channel, "uuid")
    assert channel.tag == "uuid"
    with pytest.raises(StreamError) as caught:
        begin_as(PackedGet(0x22, b""), "name")
    assert str(caught.value) == "stream: a record 'uuid', expected 'name'"


@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_description_saves_goes_through_with_the_vmdesc_of_it(engine):
    channel = VMStateDescription(name="channel", version_id=4, fields=(VMSTATE_INT32("count"),))
    pit = VMStateDescription(
        name="pit",
        version_id=3,
        fields=(VMSTATE_BOOL("on"), VMSTATE_STRUCT("first", 2, channel)),
    )
    state = State(on=True, first=State(count=-7))
    saved = ENGINES[engine](pit, V7_2).save(state)
    vmdesc = describe_stream([describe_device(saved.layout, V7_2, "i8254", 0)], 4096)
    events = [Section(9, "i8254", 0, 3, saved.data), Eof(), VmdescText(vmdesc.encode())]
    section, *_ = json.loads(b"".join(dump(events)))["events"]
    assert section["section"]["items"] == [
        {"boolean": {"name": "on", "type": "bool", "value": True}},
        {
            "struct": {
                "name": "first",
                "description": "channel",
                "version_id": 4,
                "items": [
                    {
                        "integer": {
                            "name": "count",
                            "type": "int32",
                            "size": 4,
                            "is_signed": True,
                            "value": -7,
                        }
                    }
                ],
            }
        },
    ]
    # Edited there, it is what the engine loads.
    text = b"".join(dump(events)).replace(b'"value": -7', b'"value": 12')
    back = next(load([text]))
    assert ENGINES[engine](pit, V7_2).save(State(on=True, first=State(count=12))).data == back.body
