"""The 16550's section: which subsections are sent when, and which streams are refused."""

from __future__ import annotations

import pytest

from device_models.clock import Timer, VirtualClock
from device_models.pc.serial16550_state import (
    IER_THRI,
    IIR_THRI,
    LSR_TEMT,
    VMSD,
    IsaSerialState,
    SerialState,
)
from vmstate import StreamError, VersionError, load, save

# QEMU 7.2.22, -M pc -device isa-serial, before the first instruction: section serial.
QEMU_RESET = bytes.fromhex("000c 00 00 01 00 08 60 b0 00 00")


def make():
    clock = VirtualClock()
    return IsaSerialState(SerialState(Timer(clock, lambda: None), Timer(clock, lambda: None)))


def sent(card):
    """Return the names of the subsections that are sent."""
    paths = [span.path for span in save(VMSD, card).spans]
    return {path.split("<")[1].split(">")[0] for path in paths if "<" in path}


def reloaded(card):
    fresh = make()
    load(VMSD, fresh, save(VMSD, card).data, 3)
    return fresh.state


def test_the_bytes_of_a_reset_chip_are_those_of_qemu():
    assert save(VMSD, make()).data == QEMU_RESET


@pytest.mark.parametrize(
    ("subsection", "attribute", "value"),
    [
        ("serial/timeout_ipending", "timeout_ipending", 1),
        ("serial/poll", "poll_msl", 0),
        ("serial/poll", "poll_msl", 1),
    ],
)
def test_a_subsection_is_sent_when_it_has_something_to_say(subsection, attribute, value):
    card = make()
    setattr(card.state, attribute, value)
    assert sent(card) == {subsection}
    assert getattr(reloaded(card), attribute) == value


@pytest.mark.parametrize("name", ["recv_fifo", "xmit_fifo"])
def test_a_fifo_is_sent_unless_it_is_empty(name):
    card = make()
    assert sent(card) == set()
    getattr(card.state, name).push(0x41)
    assert sent(card) == {f"serial/{name}"}
    assert getattr(reloaded(card), name) == getattr(card.state, name)


def test_an_armed_timeout_is_sent():
    card = make()
    card.state.fifo_timeout_timer.modify(12345)
    assert sent(card) == {"serial/fifo_timeout_timer"}
    assert reloaded(card).fifo_timeout_timer.expire_ns == 12345


def test_a_character_that_waits_in_the_transmitter_is_sent():
    card = make()
    card.state.tsr_retry, card.state.thr, card.state.tsr = 2, 3, 4
    card.state.lsr &= ~LSR_TEMT
    assert sent(card) == {"serial/tsr"}
    state = reloaded(card)
    assert (state.tsr_retry, state.thr, state.tsr) == (2, 3, 4)


@pytest.mark.parametrize(
    ("ier", "iir", "pending", "is_sent"),
    [
        (IER_THRI, IIR_THRI, 1, False),
        (IER_THRI, 0x06, 1, True),
        (IER_THRI, 0x06, 0, False),
        (IER_THRI, IIR_THRI, 0, True),
        (0, IIR_THRI, 0, False),
    ],
)
def test_the_transmitters_request_is_sent_where_iir_does_not_tell(ier, iir, pending, is_sent):
    card = make()
    card.state.ier, card.state.iir, card.state.thr_ipending = ier, iir, pending
    assert (sent(card) == {"serial/thr_ipending"}) == is_sent
    if ier:
        assert reloaded(card).thr_ipending == pending


def test_what_is_not_sent_is_cleared_in_a_chip_that_has_it():
    dirty = make()
    state = dirty.state
    state.recv_fifo.push(1)
    state.xmit_fifo.push(2)
    state.fifo_timeout_timer.modify(3)
    state.modem_status_poll.modify(4)
    state.timeout_ipending = state.thr_ipending = state.tsr_retry = state.thr = state.tsr = 1
    state.poll_msl = 1
    load(VMSD, dirty, QEMU_RESET, 3)
    assert save(VMSD, dirty).data == QEMU_RESET
    assert (state.thr, state.tsr, state.modem_status_poll.expire_ns) == (0, 0, None)


@pytest.mark.parametrize("lsr", ["20", "00"])
def test_an_empty_transmitter_that_says_it_is_not_is_refused(lsr):
    data = bytes.fromhex(f"000c 00 00 01 00 08 {lsr} b0 00 00")
    with pytest.raises(StreamError, match=r"serial at offset 0xb: post_load failed"):
        load(VMSD, make(), data, 3)


def test_a_waiting_character_in_an_empty_transmitter_is_refused():
    card = make()
    card.state.tsr_retry = 1
    with pytest.raises(StreamError, match="post_load failed"):
        load(VMSD, make(), save(VMSD, card).data, 3)


def test_iir_shows_the_fifos_that_were_loaded():
    for fcr, iir in (("01", 0xC1), ("00", 0x01)):
        card = make()
        load(VMSD, card, bytes.fromhex(f"000c 00 00 01 00 08 60 b0 00 {fcr}"), 3)
        assert card.state.iir == iir


def test_the_chip_inside_is_read_at_its_own_version():
    # The version of a nested struct is not on the wire.
    card = make()
    load(VMSD, card, QEMU_RESET, 2)
    assert card.state.divider == 12


def test_a_bare_chip_of_version_2_has_no_fifos():
    chip_vmsd = VMSD.fields[0].vmsd
    state = make().state
    state.fcr_vmstate, state.iir = 0xC1, 0xC1
    data = save(chip_vmsd, state, version_id=2).data
    assert len(data) == 10
    load(chip_vmsd, state, data, 2)
    assert (state.fcr_vmstate, state.iir) == (0, 0x01)


def test_version_1_is_refused():
    with pytest.raises(VersionError, match="version 1 is too old: versions 2 to 3"):
        load(VMSD, make(), QEMU_RESET, 1)
