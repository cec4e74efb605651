"""What is said to USB devices."""

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.usb import (
    GET_DESCRIPTOR,
    INTRODUCTION,
    MOST,
    Packet,
    Pid,
    control,
    draw_exchanges,
    request,
)
from tests.support.driven import drawn


def test_a_control_read_ends_with_a_status_from_the_host():
    assert (GET_DESCRIPTOR.address, GET_DESCRIPTOR.endpoint, GET_DESCRIPTOR.kind) == (
        *(1, 0),
        "control",
    )
    assert GET_DESCRIPTOR.packets == (
        Packet(Pid.SETUP, bytes.fromhex("8006000100001200"), 8),
        Packet(Pid.IN, b"", 18),
        Packet(Pid.OUT, b"", 0),
    )


def test_a_control_write_pads_its_data_and_ends_with_a_status_from_the_device():
    exchange = control(request(0x21, 9, 0x0200, 0, 4), b"\x05")
    assert [packet.pid for packet in exchange.packets] == [Pid.SETUP, Pid.OUT, Pid.IN]
    assert exchange.packets[1] == Packet(Pid.OUT, b"\x05\0\0\0", 4)


def test_an_introduction_begins_at_address_zero_and_ends_configured():
    assert [exchange.address for exchange in INTRODUCTION] == [0, 0, 1]
    assert [exchange.packets[0].data.hex() for exchange in INTRODUCTION] == [
        "8006000100001200",
        "0005010000000000",
        "0009010000000000",
    ]


def test_what_is_drawn_fits_the_buffers_and_reaches_each_kind_of_endpoint():
    seen = set()
    for data in drawn(500):
        for exchange in draw_exchanges(Draw(data)):
            seen.add((exchange.endpoint, exchange.kind))
            for packet in exchange.packets:
                assert packet.length <= MOST
                assert len(packet.data) in {0, packet.length}
                assert (packet.pid is Pid.IN) <= (packet.data == b"")
    assert {(0, "control"), (1, "bulk"), (1, "interrupt"), (2, "bulk"), (3, "bulk")} <= seen


def test_an_inquiry_of_a_stick_is_wrapped():
    wrapper, data, status = draw_exchanges(Draw(bytes((0, 4))))
    assert wrapper.endpoint == 2
    assert wrapper.packets[0].data.hex() == (
        "555342430df00d602400000080000612000000240000000000000000000000"
    )
    assert (data.endpoint, data.packets[0].length) == (1, 36)
    assert (status.endpoint, status.packets[0].length) == (1, 13)
