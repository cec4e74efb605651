"""Region maps: from an address to a register."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.command import Command
from harness.regions import BEHIND, Owner, Region, RegionMap, Register, Via

DMA = Owner("i8257", "/machine/device[4]", "dma", 0)
RTC = Owner("mc146818rtc", "/machine/device[9]", "mc146818rtc", 0)
HPET = Owner("hpet", "/machine/device[8]", "hpet", 0)

MAP = RegionMap(
    (
        Region("io", 0x71, 1, "rtc", 1, RTC),
        Region("io", 0x0, 8, "dma-chan", 0, DMA),
        Region("io", 0x70, 1, "rtc-index", 0, RTC),
        Region("memory", 0xFED00000, 0x400, "hpet", 0, HPET),
    )
)


@pytest.mark.parametrize(
    ("space", "address", "register"),
    [
        ("io", 0x0, Register(DMA, "dma-chan", 0)),
        ("io", 0x7, Register(DMA, "dma-chan", 7)),
        ("io", 0x8, None),
        ("io", 0x6F, None),
        ("io", 0x70, Register(RTC, "rtc-index", 0)),
        ("io", 0x71, Register(RTC, "rtc", 1)),
        ("io", 0x72, None),
        ("io", 0xFED00000, None),
        ("memory", 0x70, None),
        ("memory", 0xFED003FF, Register(HPET, "hpet", 0x3FF)),
        ("memory", 0xFED00400, None),
    ],
)
def test_an_address_means_a_register_or_nothing(space, address, register):
    assert MAP.register_at(space, address) == register


def test_an_empty_map_decodes_nothing():
    assert RegionMap(()).region_at("io", 0) is None
    assert RegionMap(()).owners == ()


def test_regions_are_sorted_and_know_their_end():
    assert [region.start for region in MAP.regions] == [0x0, 0x70, 0x71, 0xFED00000]
    assert MAP.regions[0].end == 8


def test_every_owner_is_listed_once():
    assert MAP.owners == (HPET, DMA, RTC)


def test_the_regions_of_an_owner_can_be_listed():
    assert [region.name for region in MAP.of(RTC)] == ["rtc-index", "rtc"]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), max_size=8), st.integers(0, 400))
def test_lookup_agrees_with_looking_at_every_region(gaps, address):
    regions, start = [], 0
    for number, (gap, size) in enumerate(gaps):
        start += gap
        regions.append(Region("io", start, size, str(number), 0, DMA))
        start += size
    expected = [region for region in regions if region.start <= address < region.end]
    assert RegionMap(tuple(regions)).region_at("io", address) == (expected or [None])[0]


@given(st.integers(0, 0x20), st.integers(0, 0x20))
def test_what_is_reached_is_what_decodes_any_address_of_a_run(start, size):
    regions = [
        Region("io", at, width, "r", 0, Owner("x")) for at, width in ((2, 3), (5, 1), (9, 8))
    ]
    where = RegionMap((*regions, Region("memory", 0, 64, "m", 0, Owner("x"))))
    asked = range(start, start + size)
    expected = [one for one in regions if any(one.start <= at < one.end for at in asked)]
    assert where.reached("io", start, start + size) == expected


@pytest.mark.parametrize(
    ("orders", "line", "data"),
    [
        ({}, "readl 0x10", "44332211"),
        ({"memory": "big"}, "readl 0x10", "11223344"),
        ({"memory": "big"}, "inl 0x10", "44332211"),
        ({"io": "big"}, "inl 0x10", "11223344"),
    ],
)
def test_the_map_says_which_bytes_lie_at_the_addresses(orders, line, data):
    command = Command.parse(line)
    assert RegionMap((), orders).bytes_of(command, 0x11223344).hex() == data


def test_a_command_that_reaches_nothing_has_no_bytes():
    assert RegionMap((), {"io": "big"}).bytes_of(Command.parse("clock_step 7"), 0) == b""


NIC, DISK = Owner("e1000", "/machine/peripheral/dut"), Owner("ahci")
PORTS, BUS = Via("io", 0xCF8, 0xCFC), BEHIND + 0x8000_0000
PAIRED = RegionMap(
    (
        Region("io", 0xCF8, 4, "pci-conf-idx", 0, Owner("host")),
        Region("io", BUS + 0x1000, 256, "config", 0, NIC, PORTS),
        Region("io", BUS + 0x1800, 256, "config", 0, DISK, PORTS),
    )
)


def commands(*lines):
    return [Command.parse(line) for line in lines]


def meant(where, *lines):
    return [where.register_at(one.space, one.address) for one in where.raised(commands(*lines))]


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        (f"inl {BUS + 0x1004:#x}", ["outl 0xcf8 0x80001004", "inl 0xcfc"]),
        (f"outw {BUS + 0x1806:#x} 0x7", ["outl 0xcf8 0x80001804", "outw 0xcfe 0x7"]),
        (f"inb {BUS + 0x18FF:#x}", ["outl 0xcf8 0x800018fc", "inb 0xcff"]),
        ("inl 0xcf8", ["inl 0xcf8"]),
        ("clock_step 5", ["clock_step 5"]),
    ],
)
def test_what_is_behind_a_pair_is_selected_before_it_is_reached(line, sent):
    assert [str(one) for one in PAIRED.lowered(commands(line))] == sent
    meant = commands(*(["clock_step"] * (len(sent) - 1)), line)
    if len(sent) > 1:
        meant[:1] = commands(sent[0])
    assert list(PAIRED.raised(commands(*sent))) == meant


def test_what_a_pair_transfers_belongs_to_whoever_was_selected():
    where = Register(NIC, "config", 0x40)
    select = Register(Owner("host"), "pci-conf-idx", 0)
    assert meant(PAIRED, "outl 0xcf8 0x80001040", "inl 0xcfc", "outb 0xcff 0x1") == [
        select,
        where,
        Register(NIC, "config", 0x43),
    ]
    assert meant(PAIRED, "outl 0xcf8 0x80001040", "inl 0xcf8", "inb 0xcfc") == [
        select,
        select,
        where,
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("inl 0xcfc",),
        ("outl 0xcf8 0x1040", "inl 0xcfc"),
        ("outb 0xcf8 0x40", "inl 0xcfc"),
        ("outl 0xcf8 0x80002040", "inl 0xcfc"),
        ("outl 0xcf8 0x80001040", "inl 0xcfe"),
        ("outl 0xcf8 0x80001040", "outl 0xcf8 0x0", "inl 0xcfc"),
        ("outl 0xcf8 0x80001040", "readl 0xcfc"),
    ],
)
def test_what_nothing_was_selected_for_stays_what_it_is(lines):
    assert [*PAIRED.raised(commands(*lines))][-1] == commands(*lines)[-1]
    assert meant(PAIRED, *lines)[-1] is None


def test_a_pair_may_be_told_in_reversed_bytes():
    via = Via("memory", 0x100, 0x104, is_turned=True)
    where = RegionMap((Region("memory", BUS + 0x1000, 256, "config", 0, NIC, via),))
    sent = ["writel 0x100 0x44100080", "readl 0x104"]
    (command,) = commands(f"readl {BUS + 0x1044:#x}")
    assert [str(one) for one in where.lowered([command])] == sent
    assert [*where.raised(commands(*sent))][1] == command


def test_selecting_and_transferring_can_be_told_from_the_rest():
    select, transfer, other = commands("outl 0xcf8 0x80001004", "outw 0xcfe 0x1", "outl 0xcf7 0x1")
    assert [PAIRED.selects(one) for one in (select, transfer, other)] == [True, False, False]
    assert [PAIRED.transfers(one) for one in (select, transfer, other)] == [False, True, False]
    assert [PAIRED.selected(one) for one in (select, transfer, other)] == [
        PAIRED.regions[1],
        None,
        None,
    ]
    assert PAIRED.selected(Command("outl", (0xCF8, 0))) is None
    assert not MAP.selects(select)
    assert not MAP.transfers(transfer)


def test_only_what_has_an_address_of_its_own_has_ports():
    assert [region.has_ports for region in PAIRED.regions] == [True, False, False]
    assert not MAP.regions[-1].has_ports
