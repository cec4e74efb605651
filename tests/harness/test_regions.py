"""Region maps: from an address to a register."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.command import Command
from harness.regions import Owner, Region, RegionMap, Register

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
