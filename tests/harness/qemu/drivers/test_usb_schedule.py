"""What the drivers of UHCI, OHCI and EHCI have in common, and what is theirs alone."""

import hashlib
from dataclasses import replace
from struct import unpack

import pytest

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.ehci import EhciDriver
from harness.qemu.drivers.ohci import OhciDriver
from harness.qemu.drivers.uhci import UhciDriver
from harness.qemu.drivers.usb import GET_DESCRIPTOR, control, request
from harness.qemu.drivers.usb_schedule import SLOTS, Queue, Schedule
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, drawn, memory_after


def function(kind, *bars):
    return Function(Address(0, 4), 1, 2, 0x0C0300 + kind, bars=bars)


UHCI = (UhciDriver(), function(0x00, Bar(4, "io", 0xC000, 0x20)))
OHCI = (OhciDriver(), function(0x10, Bar(0, "memory", 0xE0000000, 0x100)))
EHCI = (EhciDriver(), function(0x20, Bar(0, "memory", 0xE0000000, 0x1000)))
each = pytest.mark.parametrize(("driver", "function"), [UHCI, OHCI, EHCI])


def words(memory, address, count):
    at = address - ARENA.base
    return unpack(f"<{count}I", memory[at : at + 4 * count])


def schedule(**given):
    """A schedule whose heads and descriptors only say whose they are."""
    from harness.qemu.drivers.access import store

    return Schedule(
        head_size=16,
        descriptor_size=32,
        descriptor=lambda queue, place: bytes((queue.slot, place, queue.is_last(place))),
        head=lambda queue: store(queue.head, bytes((queue.slot,))),
        **given,
    )


def slots(commands):
    """The heads that were written, in order."""
    return [(one.address - 0x101000) // 16 for one in commands if one.address < 0x110000]


@each
def test_any_drawn_bytes_give_commands_within_bounds(driver, function):
    assert_lawful(driver, function)


@each
def test_other_functions_and_unmapped_ones_do_not_fit(driver, function):
    assert not driver.fits(replace(function, bars=()))
    assert not driver.fits(replace(function, class_code=0x0C0330))


@pytest.mark.parametrize(
    ("driver", "function", "digest"),
    [
        (*UHCI, "aa4a432a0372600a"),
        (*OHCI, "a51bab73c2960d77"),
        (*EHCI, "b0c9408a2fd19999"),
    ],
)
def test_the_same_draws_give_the_same_commands_in_each_release(driver, function, digest):
    # A seed in a report stands for these bytes: where they change on purpose, say so.
    transfer = driver.transfer(function, ARENA)
    given = [transfer.start, transfer.commands]
    given += [driver.request(function, ARENA, Draw(data)) for data in drawn(300)]
    text = "\n".join(str(one) for commands in given for one in commands)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


@each
def test_what_a_transfer_reads_is_not_there_before_it(driver, function):
    transfer = driver.transfer(function, ARENA)
    assert transfer.start == driver.start(function, ARENA)
    (check,) = transfer.checks
    assert (str(check.command), check.expected) == ("read 0x118800 0x2", b"\x12\x01")
    memory = memory_after(transfer.commands)
    assert memory[0x18800:0x18812] == b"\xa5" * 18
    assert memory[0x18400:0x18408].hex() == "8006000100001200"


def test_a_queue_is_a_head_and_a_chain_in_a_room_of_its_own():
    commands = schedule().queue(ARENA, 2, control(request(0x21, 9, 0, 0, 1), b"\x07"))
    assert [f"{one.address:#x} {one.operands[2]}" for one in commands] == [
        "0x114400 0x2109000000000100",
        "0x114000 0x020000",
        "0x114800 0x07",
        "0x114020 0x020100",
        "0x114040 0x020201",
        "0x101020 0x02",
    ]


def test_a_room_ends_with_the_arena():
    with pytest.raises(ValueError, match="8192 bytes at offset"):
        Queue(schedule(), ARENA, 0x1000, GET_DESCRIPTOR).descriptor(0)


def test_an_idle_row_has_no_descriptor():
    commands = schedule().idle(ARENA)
    assert slots(commands) == list(range(SLOTS))
    assert len(commands) == SLOTS


@pytest.mark.parametrize(("first_slot", "taken"), [(0, range(5)), (1, range(1, 5))])
def test_a_control_transfer_takes_any_head_that_is_free_for_it(first_slot, taken):
    one = schedule(first_slot=first_slot)
    seen = {tuple(slots(one.exchange(ARENA, Draw(bytes((1, 0, 0, 0, n)))))) for n in range(20)}
    assert seen == {(slot,) for slot in taken}


def test_a_message_takes_the_last_heads_in_order():
    # an inquiry
    assert slots(schedule().exchange(ARENA, Draw(bytes((0, 4))))) == [5, 6, 7]


@pytest.mark.parametrize(("periodic_slot", "taken"), [(None, {5}), (9, {5, 9})])
def test_an_interrupt_endpoint_may_have_a_head_of_the_frame_list(periodic_slot, taken):
    one = schedule(periodic_slot=periodic_slot)
    # eight bytes
    seen = [slots(one.exchange(ARENA, Draw(bytes((0, 0, n))))) for n in (0, 1)]
    assert {slot for (slot,) in seen} == taken


def test_what_is_in_flight_for_a_while_is_left_out_where_it_must_be():
    def longest(one):
        given = (one.exchange(ARENA, Draw(bytes((0, n)))) for n in range(20))
        return max(command.size for commands in given for command in commands)

    # A sector to write; a request to a disk attached over SCSI.
    assert (longest(schedule()), longest(schedule(immediate=True))) == (512, 32)
