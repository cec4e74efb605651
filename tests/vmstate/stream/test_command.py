"""Commands: each with the length and the payload that the destination asks for."""

import pytest

from tests.support.streams import HEADER, be16, command, counted, discard, ping
from vmstate.errors import StreamError
from vmstate.stream import Command, CommandNumber, StreamReader, read_events, write_events


def read(data, *, is_strict=True):
    whole = HEADER + data + b"\0"
    events = list(read_events([whole], StreamReader(is_strict=is_strict)))
    assert b"".join(write_events(events)) == whole
    return [event for event in events if isinstance(event, Command)]


@pytest.mark.parametrize(
    ("number", "payload"),
    [
        (CommandNumber.OPEN_RETURN_PATH, b""),
        (CommandNumber.PING, b"1234"),
        (CommandNumber.POSTCOPY_ADVISE, b""),
        (CommandNumber.POSTCOPY_ADVISE, (4096).to_bytes(8) * 2),
        (CommandNumber.POSTCOPY_LISTEN, b""),
        (CommandNumber.POSTCOPY_RUN, b""),
        (CommandNumber.POSTCOPY_RAM_DISCARD, b"\0\2ab\0" + bytes(32)),
        (CommandNumber.ENABLE_COLO, b""),
        (CommandNumber.POSTCOPY_RESUME, b""),
        (CommandNumber.RECV_BITMAP, b"\6pc.ram"),
        (CommandNumber.SWITCHOVER_START, b""),
    ],
)
def test_each_command_comes_back_with_its_payload(number, payload):
    assert read(command(number, payload)) == [Command(number, payload)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (command(0), "command at offset 0x8: command 0x0 is unknown, expected one of 0x1 to 0xb"),
        (command(12), "command at offset 0x8: command 0xc is unknown"),
        (
            command(2, b"123"),
            "command PING at offset 0x8: command PING has 3 bytes of payload, expected 4",
        ),
        (command(3, b"1"), "command POSTCOPY_ADVISE at offset 0x8: command POSTCOPY_ADVISE has 1 "),
        (command(11, b"1"), "command SWITCHOVER_START at offset 0x8: command SWITCHOVER_START has"),
        (
            command(6, b"\0\1a\0"),
            "command POSTCOPY_RAM_DISCARD at offset 0xd: a payload of 4 bytes, expected version 0",
        ),
        (command(6, b""), "command POSTCOPY_RAM_DISCARD at offset 0xd: a payload of 0 bytes"),
        (command(6, b"\1\1a\0" + bytes(16)), "command POSTCOPY_RAM_DISCARD at offset 0xd: a pay"),
        (command(6, b"\0\1a\1" + bytes(16)), "command POSTCOPY_RAM_DISCARD at offset 0xd: a pay"),
        (command(6, b"\0\0\0" + bytes(16)), "command POSTCOPY_RAM_DISCARD at offset 0xd: a payl"),
        (command(6, b"\0\1a\0" + bytes(17)), "command POSTCOPY_RAM_DISCARD at offset 0xd: a pay"),
        (
            command(10, b"\7pc.ram"),
            "command RECV_BITMAP at offset 0xd: a payload of 7 bytes, expected the name of a block",
        ),
        (command(10, b""), "command RECV_BITMAP at offset 0xd: a payload of 0 bytes"),
    ],
)
def test_what_the_destination_refuses_is_refused(data, message):
    with pytest.raises(StreamError) as caught:
        read(data)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "data", [command(0), command(99, b"new"), command(2), command(6, b"x"), command(10, b"xy")]
)
def test_who_is_not_strict_reads_what_has_a_length(data):
    assert [event.number for event in read(data, is_strict=False)] == [int.from_bytes(data[1:3])]


@pytest.mark.parametrize("data", [command(7, b"12345"), command(3, b"123")])
def test_what_the_rest_depends_on_is_refused_by_everybody(data):
    with pytest.raises(StreamError, match="bytes of payload, expected"):
        read(data, is_strict=False)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (ping(1)[:4], "command at offset 0x8: needs 5 bytes, 4 are left"),
        (ping(1)[:-1], "command PING at offset 0xd: needs 4 bytes, 3 are left"),
        (discard("a", (0, 1))[:-1], "command POSTCOPY_RAM_DISCARD at offset 0xd: needs 20 bytes"),
        (b"\x08" + be16(77) + be16(9) + counted("a"), "command 77 at offset 0xd: needs 9 bytes"),
    ],
)
def test_a_command_that_is_cut_off_is_named(data, message):
    with pytest.raises(StreamError) as caught:
        list(read_events([HEADER + data], StreamReader(is_strict=False)))
    assert str(caught.value).startswith(message)
