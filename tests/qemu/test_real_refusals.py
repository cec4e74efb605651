"""The real interpreter refuses what ours refuses: numbers that both sides must agree on."""

from __future__ import annotations

from functools import cache

import pytest

from harness.errors import DiedError, LoadError
from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.strategies.shapes import furnished, place_of, put
from tests.qemu.descriptions import board, clocks, floppy, pcie, usb, vmxnet3
from tests.support.stream_edit import Content, Key, edited, reloaded, saved, sections
from tests.support.trials import RELEASE, Section
from vmstate import StreamError, save
from vmstate.stream import read_stream

pytestmark = pytest.mark.qemu

DEVICES = {
    device.section: device
    for family in (board, clocks, floppy, pcie, usb, vmxnet3)
    for device in family.DEVICES
}
#: A small machine that has them all.
ARGUMENTS = (
    *("-device", "piix3-usb-uhci", "-device", "vmxnet3"),
    *("-device", "i82550", "-device", "ioh3420,id=rp,chassis=1"),
)


@cache
def machine():
    return Machine(find_one().path, "pc", ARGUMENTS)


@cache
def stream():
    return saved(machine())


def section_of(name):
    contents = sections(read_stream(stream()))
    device = DEVICES[name]
    (sent,) = [
        one
        for one in read_stream(stream()).vmdesc.devices
        if one.idstr.rpartition("/")[2] == name and one.instance_id == device.instance_id
    ]
    key = Key(sent.idstr, sent.instance_id)
    return Section(device, key, contents[key], sent.body), contents[key]


def changed(name, path, value):
    """Return the section's content with another number at *path*."""
    section, content = section_of(name)
    state = section.state(content)
    put(*place_of(state, path), value)
    furnished(section.device.description, state)
    data = save(section.device.description, state, release=RELEASE).data
    return section, Content(content.version_id, data)


AER = "parent_obj.parent_obj.parent_obj.exp.aer_log"


@pytest.mark.parametrize(
    ("name", "path", "value", "ours", "theirs"),
    [
        ("PCIBUS", "nirq", 5, "they must be equal", "PCIBUS:nirq"),
        ("vmmouse", "queue_size", 1023, "they must be equal", "vmmouse:queue_size"),
        ("eeprom", "size", 63, "they must be equal", "eeprom:size"),
        ("fdc", "state.num_floppies", 1, "they must be equal", "fdc:num_floppies"),
        ("uhci", "num_ports_vmstate", 3, "they must be equal", "uhci:num_ports_vmstate"),
        ("uhci", "dev.version_id", 3, "expected 0 to 2", "PCIDevice:version_id"),
        (
            "ioh-3240-express-root-port",
            f"{AER}.log_max",
            9,
            "they must be equal",
            "PCIE_AER_ERROR_LOG:log_max",
        ),
    ],
)
def test_what_our_engine_refuses_qemu_refuses_too(name, path, value, ours, theirs):
    section, content = changed(name, path, value)
    with pytest.raises(StreamError, match=ours):
        section.state(content)
    with pytest.raises(LoadError, match=theirs):
        reloaded(machine(), edited(stream(), {section.key: content}))


def test_a_number_that_is_out_of_range_is_refused_by_both():
    section, content = section_of("hpet")
    # Two timers instead of three: the count stands behind three registers, 42 bytes each.
    body = content.body[:24] + b"\2" + content.body[25 : 25 + 2 * 42]
    fewer = Content(content.version_id, body)
    with pytest.raises(StreamError, match="input validation failed"):
        section.state(fewer)
    with pytest.raises(LoadError, match="Input validation failed: hpet/num_timers in range"):
        reloaded(machine(), edited(stream(), {section.key: fewer}))


def test_the_stream_as_it_is_comes_back_as_it_is():
    back = reloaded(machine(), edited(stream(), {}))
    assert sections(read_stream(back)) == sections(read_stream(stream()))


def test_a_stream_that_ends_qemu_is_told_from_one_that_it_refuses():
    # It aborts where its own check finds an index too large.
    section, content = changed("vmxnet3", "event_int_idx", 200)
    with pytest.raises(DiedError, match="was killed by signal 6"):
        reloaded(machine(), edited(stream(), {section.key: content}))


def test_only_a_section_that_is_there_can_be_edited():
    with pytest.raises(AssertionError, match="no such sections"):
        edited(stream(), {Key("nothing", 0): Content(1, b"")})


def test_a_body_may_become_longer():
    longer = {Key("pcspk", 0): Content(1, b"\1\0\0")}
    with pytest.raises(LoadError, match="footer"):
        reloaded(machine(), edited(stream(), longer))
