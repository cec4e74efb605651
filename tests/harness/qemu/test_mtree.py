"""The memory tree: QEMU 7.2's own printout, and lines of other releases."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import QmpError
from harness.qemu.mtree import Range, parse, parse_ram

#: ``info mtree -f -o`` of QEMU 7.2.22, -M pc -nodefaults -m 16.
PC = (Path(__file__).parent / "data" / "mtree-7.2-pc.txt").read_text()


def view(*lines, name="I/O", root="io"):
    head = f'FlatView #0\n AS "{name}", root: {root}\n Root memory region: {root}\n'
    return head + "".join(f"  {line}\n" for line in lines)


def line(start, last, name, kind="i/o", more=""):
    return f"{start:016x}-{last:016x} (prio 0, {kind}): {name}{more}"


def test_the_registers_of_a_pc_are_all_there():
    ranges = parse(PC)
    assert len([r for r in ranges if r.space == "io"]) == 40
    assert [(r.name, r.start) for r in ranges if r.space == "memory"] == [
        ("ioapic", 0xFEC00000),
        ("hpet", 0xFED00000),
        ("apic-msi", 0xFEE00000),
    ]


@pytest.mark.parametrize(
    "expected",
    [
        Range("io", 0x8, 8, "dma-cont", 0, "/machine/unattached/device[4]"),
        Range("io", 0xD0, 16, "dma-cont", 0, "/machine/unattached/device[5]"),
        Range("io", 0x70, 1, "rtc-index", 0, "/machine/unattached/device[9]"),
        Range("io", 0x71, 1, "rtc", 1, "/machine/unattached/device[9]"),
        Range("io", 0xCFA, 2, "pci-conf-idx", 2, "/machine/i440fx"),
        Range("io", 0x80, 1, "ioport80", 0, ""),
        Range("io", 0x87, 1, "dma-page@0x87", 0, "/machine/unattached/device[4]"),
        Range("io", 0x170, 8, "ide@0x170", 0, ""),
        Range("io", 0x1F0, 8, "ide@0x1f0", 0, ""),
    ],
    ids=lambda r: f"{r.start:#x}",
)
def test_a_register_of_a_pc_is_read_exactly(expected):
    assert expected in parse(PC)


def test_memory_and_what_nothing_decodes_are_left_out():
    names = {r.name for r in parse(PC)}
    assert not names & {"io", "system", "pci", "pc.ram", "pc.bios", "pc.rom"}


def test_no_byte_means_two_registers_and_no_register_two_bytes():
    ranges = sorted(parse(PC), key=lambda r: (r.space, r.start))
    for one, other in pairwise(ranges):
        assert one.space != other.space or one.start + one.size <= other.start
    registers = [
        (r.space, r.owner_path, r.name, r.offset + n)
        for r in ranges
        for n in range(min(r.size, 64))
    ]
    assert len(set(registers)) == len(registers)


def test_a_device_with_an_id_of_its_own_is_a_peripheral():
    text = view(line(0x3F8, 0x3FF, "serial", more=" owner:{dev id=com1}"))
    assert parse(text) == (Range("io", 0x3F8, 8, "serial", 0, "/machine/peripheral/com1"),)


def test_names_may_have_spaces_and_lines_an_accelerator_at_the_end():
    text = view(line(0x10, 0x1F, "bus master x", more=" @0000000000000004 owner:{obj path=/a} kvm"))
    assert parse(text) == (Range("io", 0x10, 16, "bus master x", 4, "/a"),)


def test_owner_and_parent_may_both_be_given():
    text = view(line(0, 0, "x", more=" owner:{dev path=/a} parent:{obj path=/b}"))
    assert parse(text)[0].owner_path == "/a"


def test_a_view_that_two_spaces_share_counts_for_both():
    text = view(line(0, 3, "x")).replace(
        " Root", ' AS "memory", root: io\n AS "cpu-memory-0", root: io\n Root'
    )
    assert [r.space for r in parse(text)] == ["io", "memory"]


@pytest.mark.parametrize("kind", ["ram", "rom", "ramd", "nv-ram"])
def test_only_registers_count(kind):
    assert parse(view(line(0, 3, "x", kind=kind))) == ()


def test_other_address_spaces_do_not_count():
    text = view(line(0, 3, "x")) + view(line(4, 7, "y"), name="cpu-smm-0", root="memory")
    assert [r.name for r in parse(text)] == ["x"]


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "'nothing'"),
        ("unknown command: 'info mtree'\n", "\"unknown command: 'info mtree'\""),
        ('FlatView #0\n AS "x", root: y\n', "'FlatView #0'"),
    ],
)
def test_another_printout_is_refused(text, got):
    with pytest.raises(QmpError) as caught:
        parse(text)
    assert str(caught.value) == (
        f"QEMU refused info mtree -f -o: expected flat views of I/O and memory, got {got}"
    )


@given(
    st.lists(
        st.tuples(
            st.integers(0, 0xFFFF),
            st.integers(1, 0x100),
            st.from_regex(r"[a-z][a-z0-9.-]{0,8}", fullmatch=True),
            st.integers(0, 0xFF),
        ),
        max_size=6,
        unique_by=lambda item: item[2],
    )
)
def test_what_is_printed_is_read_back(items):
    lines = [
        line(start, start + size - 1, name, more=f" @{offset:016x} owner:{{dev path=/m/{name}}}")
        for start, size, name, offset in items
    ]
    expected = tuple(
        Range("io", start, size, name, offset, f"/m/{name}")
        for start, size, name, offset in items
        if name not in {"io", "pci"}
    )
    assert parse(view(*lines)) == expected


def test_the_ram_of_a_pc_is_in_two_runs_around_its_firmware():
    assert parse_ram(PC) == ((0, 0xC0000), (0x100000, 15 << 20))


def test_rom_and_registers_are_no_ram():
    lines = [
        line(0, 0xFFF, "low", "ram"),
        line(0x1000, 0x1FFF, "bios", "rom"),
        line(0x2000, 0x2FFF, "flash", "romd"),
        line(0x3000, 0x3FFF, "uart"),
        line(0x10000, 0x4FFFF, "high @0000000000001000", "ram"),
    ]
    assert parse_ram(view(*lines, name="memory", root="system")) == (
        (0, 0x1000),
        (0x10000, 0x40000),
    )


def test_memory_that_a_device_brought_can_be_left_out():
    lines = [line(0, 0xFFF, "board.ram", "ram"), line(0x1000, 0xFFFF, "dut-memdev", "ram")]
    text = view(*lines, name="memory", root="system")
    assert parse_ram(text) == ((0, 0x1000), (0x1000, 0xF000))
    assert parse_ram(text, apart_from="dut-") == ((0, 0x1000),)


def test_only_ram_that_the_commands_reach_counts():
    ram = line(0, 0xFFF, "own", "ram")
    assert parse_ram(view(ram, name="nic", root="bus master")) == ()
    assert parse_ram(view(ram)) == ()
    assert parse_ram("") == ()


@pytest.mark.parametrize(
    ("parent", "path"),
    [
        ("dev path=/b/dma", "/b/dma"),
        ("dev id=com1", "/machine/peripheral/com1"),
        ("obj path=/b", ""),
    ],
)
def test_an_owner_that_is_in_no_tree_belongs_to_the_device_above_it(parent, path):
    more = f" owner:{{obj type=memory-region-portio-list}} parent:{{{parent}}}"
    assert parse(view(line(0x81, 0x83, "dma-page", more=more)))[0].owner_path == path
    alone = view(line(0x81, 0x83, "x", more=f" parent:{{{parent}}}"))
    assert parse(alone)[0].owner_path == ""


def space(name, root, *lines):
    return f' AS "{name}", root: {root}\n Root memory region: {root}\n' + "".join(
        f"  {line}\n" for line in lines
    )


def test_memory_is_what_the_first_cpu_sees():
    # A microcontroller's CPU has registers of its own, which no other space shows.
    uart = line(0x40000000, 0x400003FF, "uart")
    nvic = line(0xE000E000, 0xE000EFFF, "nvic_sysregs")
    ram, own = line(0, 0xFFF, "ram", "ram"), line(0x2000, 0x2FFF, "ram", "ram")
    text = (
        "FlatView #0\n"
        + space("memory", "system", ram, uart, line(0x5000, 0x5FFF, "system"))
        + "FlatView #1\n"
        + space("cpu-memory-1", "other", line(0, 3, "another"))
        + "FlatView #2\n"
        + space("cpu-memory-0", "own", ram, own, uart, nvic, line(0x5000, 0x5FFF, "system"))
    )
    assert [found.name for found in parse(text)] == ["uart", "nvic_sysregs"]
    assert parse_ram(text) == ((0, 0x1000), (0x2000, 0x1000))


def test_flash_takes_commands_though_it_reads_as_memory():
    text = view(
        line(0, 0xFFFF, "flash", "romd"), line(0x10000, 0x1FFFF, "boot", "rom"), name="memory"
    )
    assert [found.name for found in parse(text)] == ["flash"]
