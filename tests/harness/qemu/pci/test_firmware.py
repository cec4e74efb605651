"""Firmware: what it finds and maps on boards whose every register is known."""

from dataclasses import replace
from itertools import pairwise

import pytest

from harness.command import Command
from harness.qemu.pci.config import Pages, Pair
from harness.qemu.pci.firmware import boot
from harness.qemu.pci.function import Address, Bar
from harness.qemu.pci.host import PC_MEMORY, PC_PORTS, Host, Window
from tests.support.pci_board import IO, PREFETCH, WIDE, Board, chip

PORTS = Pair("io", 0xCF8, 0xCFC)
MECHANISMS = [
    PORTS,
    Pair("memory", 0x14000CF8, 0x14000CFC),
    Pages(0x40_1000_0000),
    Pages(0x4200_0000, 8),
]
HOST_BRIDGE = 0x06_0000
MIB = 1 << 20


def host(access=PORTS, memory=PC_MEMORY, ports=PC_PORTS):
    return Host(access, memory, ports)


def rich():
    """Return the chips of a bus with a bit of everything."""
    return {
        (0, 0): chip(0x1237_8086, HOST_BRIDGE),
        (1, 0): chip(0x7000_8086, 0x06_0100, is_multi=True),
        (1, 3): chip(0x7113_1AF4, 0x06_8000),
        (2, 0): chip(0x100E_8086, bars={0: (128 * 1024, 0), 1: (64, IO)}, subsystem=0x1AF4),
        (3, 0): chip(
            0x0010_1B36,
            0x01_0802,
            bars={0: (16384, WIDE), 2: (4096, 0), 4: (256, WIDE | PREFETCH)},
        ),
        (4, 0): chip(
            0x000C_1B36,
            0x06_0400,
            behind={(0, 0): chip(0x1000_1AF4, bars={0: (32, IO), 1: (4096, 0)})},
        ),
        (5, 0): chip(0x000C_1B36, 0x06_0400, behind={}),
    }


def boot_of(chips, **more):
    board = Board(more.get("access", PORTS), {0: chips})
    return board, boot(host(**more), board.run)


def in_registers(board, bar, of):
    """Return what the base address register holds."""
    return board.find(of.bus, of.device, of.function).word(0x10 + 4 * bar.index)


def test_every_function_is_found_once_in_order():
    _, found = boot_of(rich())
    assert [str(one.address) for one in found.functions] == [
        "00:00.0",
        "00:01.0",
        "00:01.3",
        "00:02.0",
        "00:03.0",
        "00:04.0",
        "01:00.0",
        "00:05.0",
    ]
    nic = found.functions[3]
    assert (nic.vendor_id, nic.device_id, nic.class_code) == (0x8086, 0x100E, 0x020000)
    assert (nic.header_type, nic.subsystem_id) == (0, 0x1AF4)
    assert [one.header_type for one in found.functions] == [0, 0, 0, 0, 0, 1, 0, 1]


@pytest.mark.parametrize("access", MECHANISMS, ids=str)
def test_both_mechanisms_come_to_the_same(access):
    by_ports, expected = boot_of(rich())
    board, found = boot_of(rich(), access=access)
    assert found.functions == expected.functions
    assert board.spaces() == by_ports.spaces()
    assert found.access == access


@pytest.mark.parametrize("access", MECHANISMS, ids=str)
def test_what_was_written_does_the_same_again_from_power_on(access):
    board, found = boot_of(rich(), access=access)
    fresh = Board(access, {0: rich()})
    for group in found.setup:
        fresh.run(group)
    assert fresh.spaces() == board.spaces()
    assert fresh.spaces() != Board(access, {0: rich()}).spaces()


def test_every_register_has_an_address_of_its_own():
    board, found = boot_of(rich())
    mapped = [(one.address, bar) for one in found.functions for bar in one.bars]
    assert [(str(of), bar.index, bar.space, bar.size) for of, bar in mapped] == [
        ("00:02.0", 0, "memory", 128 * 1024),
        ("00:02.0", 1, "io", 64),
        ("00:03.0", 0, "memory", 16384),
        ("00:03.0", 2, "memory", 4096),
        ("00:03.0", 4, "memory", 256),
        ("01:00.0", 0, "io", 32),
        ("01:00.0", 1, "memory", 4096),
    ]
    for of, bar in mapped:
        window = PC_PORTS if bar.space == "io" else PC_MEMORY
        assert window.address <= bar.address
        assert bar.address + bar.size <= window.address + window.size
        assert bar.address % bar.size == 0
        assert in_registers(board, bar, of) & ~0xF == bar.address
    runs = sorted((bar.space, bar.address, bar.address + bar.size) for _, bar in mapped)
    assert all(left[0] != right[0] or left[2] <= right[1] for left, right in pairwise(runs))


def test_what_kind_of_register_it_is_stays_as_it_was():
    board, _ = boot_of(rich())
    nvme, nic = board.find(0, 3), board.find(0, 2)
    assert [nvme.word(0x10 + 4 * index) & 0xF for index in range(6)] == [4, 0, 0, 0, 12, 0]
    assert nic.word(0x14) & 0xF == IO


def test_the_upper_half_of_a_wide_register_is_zero():
    chips = {(2, 0): chip(bars={0: (4096, WIDE), 2: (4096, 0)})}
    chips[2, 0].space[0x14:0x18] = b"\x01\0\0\0"
    board, found = boot_of(chips)
    assert board.find(0, 2).word(0x14) == 0
    assert [bar.index for bar in found.functions[0].bars] == [0, 2]


def test_functions_are_switched_on_and_may_be_bus_masters():
    board, _ = boot_of(rich())
    assert {board.find(0, device).word(4, 2) & 7 for device in (1, 2, 3, 4, 5)} == {7}


def test_a_host_bridge_is_left_as_it_was():
    chips = {(0, 0): chip(class_code=HOST_BRIDGE, bars={0: (4096, 0)})}
    before = bytes(chips[0, 0].space)
    board, found = boot_of(chips)
    assert board.spaces() == [before]
    assert found.functions[0].bars == ()
    assert found.setup == ()


def test_a_device_of_one_function_is_not_asked_for_more():
    board, _ = boot_of({(2, 0): chip(), (3, 0): chip(is_multi=True), (3, 7): chip()})
    assert {place[2] for place in board.asked if place[1] == 2} == {0}
    assert {place[2] for place in board.asked if place[1] == 3} == set(range(8))


def test_a_register_is_sized_without_a_trace_where_there_is_no_room():
    room = Window("memory", 0xC000_0000, 0xC000_0000, MIB)
    chips = {(2, 0): chip(bars={0: (16 * MIB, 0), 1: (4096, 0), 2: (64, IO)})}
    chips[2, 0].space[0x13] = 0xFE
    board, found = boot_of(chips, memory=room, ports=None)
    assert found.functions[0].bars == (Bar(1, "memory", 0xC000_0000, 4096),)
    assert board.find(0, 2).word(0x10) == 0xFE00_0000
    assert board.find(0, 2).word(0x18) == IO


def test_a_board_may_show_no_windows_at_all():
    _, found = boot_of(rich(), memory=None, ports=None)
    assert [bar for one in found.functions for bar in one.bars] == []
    assert len(found.functions) == 8


def test_the_bus_may_see_a_window_elsewhere():
    memory, ports = Window("memory", 0x5000_0000, 0, MIB), Window("memory", 0x4300_0000, 0, 65536)
    chips = {(2, 0): chip(bars={0: (4096, 0), 1: (64, IO)})}
    board, found = boot_of(chips, memory=memory, ports=ports)
    # What is at address zero of the bus would count as not assigned.
    assert found.functions[0].bars == (
        Bar(0, "memory", 0x5000_1000, 4096),
        Bar(1, "memory", 0x4300_0040, 64),
    )
    assert board.find(0, 2).word(0x10) == 0x1000
    assert board.find(0, 2).word(0x14) == 0x41


def memory_window(bridge):
    base, limit = bridge.word(0x20, 2), bridge.word(0x22, 2)
    return base << 16, (limit << 16 | 0xFFFFF) + 1


def io_window(bridge):
    base, limit = bridge.word(0x1C, 1), bridge.word(0x1D, 1)
    return base << 8, (limit << 8 | 0xFFF) + 1


def test_a_bridge_opens_windows_on_what_is_behind_it():
    board, found = boot_of(rich())
    bridge, behind = board.find(0, 4), found.functions[6]
    start, end = memory_window(bridge)
    assert start <= behind.bar(1).address < end <= start + MIB
    start, end = io_window(bridge)
    assert start <= behind.bar(0).address < end <= start + 4096
    outside = [bar for one in found.functions[:5] for bar in one.bars if bar.space == "memory"]
    assert not any(
        memory_window(bridge)[0] <= bar.address < memory_window(bridge)[1] for bar in outside
    )


def test_a_bridge_to_an_empty_bus_has_a_number_and_closed_windows():
    board, _ = boot_of(rich())
    bridge = board.find(0, 5)
    assert bytes(bridge.space[0x18:0x1B]) == bytes([0, 2, 2])
    for start, end in (memory_window(bridge), io_window(bridge)):
        assert start >= end
    assert bridge.word(0x24, 2) > bridge.word(0x26, 2)


def test_bridges_behind_bridges_are_followed():
    inner = {(1, 0): chip(class_code=0x06_0400, behind={(2, 0): chip(bars={0: (4096, 0)})})}
    board, found = boot_of({(4, 0): chip(class_code=0x06_0400, behind=inner), (5, 0): chip()})
    assert [str(one.address) for one in found.functions] == [
        "00:04.0",
        "01:01.0",
        "02:02.0",
        "00:05.0",
    ]
    assert bytes(board.find(0, 4).space[0x18:0x1B]) == bytes([0, 1, 2])
    assert bytes(board.find(1, 1).space[0x18:0x1B]) == bytes([1, 2, 2])
    outer = memory_window(board.find(0, 4))
    assert outer == memory_window(board.find(1, 1))
    assert outer[0] <= found.functions[2].bars[0].address < outer[1]


def test_a_bridges_own_register_lies_before_its_window():
    bridge = chip(
        class_code=0x06_0400,
        bars={0: (256, WIDE)},
        behind={(0, 0): chip(bars={0: (4096, 0)})},
    )
    board, found = boot_of({(4, 0): bridge})
    own, behind = found.functions[0].bars[0], found.functions[1].bars[0]
    start, end = memory_window(board.find(0, 4))
    assert own.address < start <= behind.address < end


def test_a_bridge_has_two_registers_and_no_more():
    bridge = chip(class_code=0x06_0400, bars={1: (256, WIDE)}, behind={})
    board, found = boot_of({(4, 0): bridge})
    # The second one has no upper half: what comes next are the numbers of the buses.
    assert [bar.index for bar in found.functions[0].bars] == [1]
    assert bytes(board.find(0, 4).space[0x18:0x1B]) == bytes([0, 1, 1])


def test_there_is_an_end_to_the_buses_that_are_numbered():
    places = [(device, number) for device in range(9) for number in range(8)]
    chips = {place: chip(class_code=0x06_0400, is_multi=True, behind={}) for place in places}
    board, found = boot_of(chips)
    assert len(found.functions) == 72
    numbers = [board.find(*place_of(one.address)).space[0x19] for one in found.functions]
    assert numbers == [*range(1, 65), *[0] * 8]


def place_of(address):
    return address.bus, address.device, address.function


def test_buses_that_no_bridge_leads_to_are_asked_too():
    card = {0: (4096, 0)}
    board = Board(PORTS, {0: {(2, 0): chip(bars=card)}, 8: {(0, 0): chip(bars=card)}})
    found = boot(host(), board.run, (8, 0))
    assert [one.address for one in found.functions] == [Address(0, 2), Address(8, 0)]
    assert [one.bars[0].address for one in found.functions] == [0xC000_0000, 0xC000_1000]


def test_a_bus_behind_a_bridge_does_not_take_the_number_of_a_root():
    card, bridge = {0: (4096, 0)}, 0x06_0400
    first = {
        (device, 0): chip(class_code=bridge, behind={(0, 0): chip(bars=card)})
        for device in range(4)
    }
    board = Board(PORTS, {0: first, 2: {(0, 0): chip(bars=card)}})
    found = boot(host(), board.run, (0, 2))
    assert [str(one.address) for one in found.functions if one.bars] == [
        "01:00.0",
        "03:00.0",
        "04:00.0",
        "05:00.0",
        "02:00.0",
    ]


@pytest.mark.parametrize(("root", "expected"), [(0x80, ["81:00.0"]), (0xFF, [])])
def test_behind_a_root_of_any_number_there_are_bridges(root, expected):
    behind = {(0, 0): chip(bars={0: (4096, 0)})}
    board = Board(PORTS, {0: {}, root: {(0, 0): chip(class_code=0x06_0400, behind=behind)}})
    found = boot(host(), board.run, (0, root))
    assert [str(one.address) for one in found.functions[1:]] == expected
    assert found.functions[0].address == Address(root, 0)


def test_what_answers_like_an_empty_slot_is_none():
    _, found = boot_of({(2, 0): chip(0), (3, 0): chip(0xFFFF_FFFF), (4, 0): chip()})
    assert [one.address for one in found.functions] == [Address(0, 4)]


def capabilities_of(*listed, **more):
    _, found = boot_of({(2, 0): chip(capabilities=listed, **more)})
    return found.functions[0].capabilities


def test_capabilities_are_in_the_order_of_their_list_and_end_where_the_next_begins():
    found = capabilities_of((0x60, 0x05, 0x40), (0x40, 0x01, 0x80), (0x80, 0x11, 0))
    assert [(one.id, one.offset, len(one.body)) for one in found] == [
        (0x05, 0x60, 0x20),
        (0x01, 0x40, 0x20),
        (0x11, 0x80, 0x80),
    ]
    assert found[0].body == b"\x05\x40" + bytes(0x1E)


def test_a_list_that_runs_in_a_circle_ends():
    found = capabilities_of((0x40, 0x01, 0x50), (0x50, 0x05, 0x40))
    assert [one.offset for one in found] == [0x40, 0x50]


def test_a_list_that_leads_into_the_header_ends():
    assert [one.offset for one in capabilities_of((0x40, 0x01, 0x10))] == [0x40]


def test_a_function_that_says_it_has_no_capabilities_has_none():
    assert capabilities_of() == ()
    chips = {(2, 0): chip(capabilities=((0x40, 0x01, 0),))}
    chips[2, 0].space[0x06] = 0
    _, found = boot_of(chips)
    assert found.functions[0].capabilities == ()


def test_the_boards_own_functions_get_what_has_no_base_address_register():
    power = chip(0x7113_8086, 0x06_8000)
    power.sticks[0x40:0x44], power.sticks[0x80] = b"\xff" * 4, 0xFF
    board, found = boot_of({(1, 0): chip(is_multi=True), (1, 3): power})
    assert board.find(0, 1, 3).word(0x40) == 0x601
    assert board.find(0, 1, 3).word(0x80, 1) == 1
    assert found.access == PORTS


def test_pages_that_the_firmware_switches_on_are_the_way_from_then_on():
    bridge = chip(0x29C0_8086, HOST_BRIDGE)
    bridge.sticks[0x60:0x68] = b"\xff" * 8
    board, found = boot_of({(0, 0): bridge})
    assert board.find(0, 0).word(0x60) == 0xB000_0001
    assert found.access == Pages(0xB000_0000)
    assert [str(one) for group in found.setup for one in group] == [
        "outl 0xcf8 0x80000064",
        "outl 0xcfc 0x0",
        "outl 0xcf8 0x80000060",
        "outl 0xcfc 0xb0000001",
    ]


def test_the_same_board_is_always_mapped_alike():
    assert boot_of(rich())[1] == boot_of(rich())[1]
    assert replace(boot_of(rich())[1], setup=()) != boot_of({})[1]


def test_where_nothing_answers_the_other_byte_order_is_tried():
    turned = Pair("memory", 0x8000, 0x8004, is_turned=True)
    board = Board(turned, {0: rich()})
    found = boot(host(replace(turned, is_turned=False)), board.run)
    assert found.access == turned
    assert found.functions == boot_of(rich(), access=turned)[1].functions
    nothing = boot(host(), Board(PORTS, {0: {}}).run)
    assert (nothing.functions, nothing.access) == ((), PORTS)


def test_what_the_bridge_must_be_told_first_is_told_first():
    first = Command("outb", (0xCFB, 1))
    told = []

    def run(commands):
        told.extend(commands)
        return [0xFFFF_FFFF for _ in commands]

    found = boot(replace(host(), start=(first,)), run)
    assert told[0] == first
    assert found.setup == ((first,),)


def test_ports_that_a_function_has_without_a_register_are_told_with_the_others():
    power = chip(0x7113_8086, 0x06_8000, bars={0: (32, IO)})
    power.space[0x90:0x92] = (0xB101).to_bytes(2, "little")
    board, found = boot_of({(1, 0): power})
    assert [(bar.index, bar.address, bar.size) for bar in found.functions[0].bars] == [
        (0, 0xC000, 32),
        (4, 0xB100, 64),
    ]
    assert board.find(0, 1, 0).word(0x90, 2) == 0xB101
    window = Window("memory", 0x1800_0000, 0, 0x1_0000)
    _, far = boot_of({(1, 0): power}, ports=window)
    assert far.functions[0].bars[-1] == Bar(4, "memory", 0x1800_B100, 64)
    _, without = boot_of({(1, 0): power}, ports=None)
    assert without.functions[0].bars == ()
