"""The passes: what each proposes."""

import pytest

from harness.difference import Difference
from harness.regions import BEHIND, Owner, Region, RegionMap, Via
from harness.shrink.order import simplicity
from harness.shrink.passes import (
    PASSES,
    drop_cycles,
    drop_runs,
    less_time,
    lower_addresses,
    lower_spoils,
    lower_values,
    narrow_accesses,
    what_shows,
)
from harness.trace import Trace

OWNER = Owner("fake")
MAP = RegionMap(
    (Region("io", 0x10, 3, "r", 0, OWNER), Region("memory", 0x100, 0x200, "m", 0, OWNER))
)


def proposals(propose, text, ask=lambda trace: False, regions=MAP):
    return [str(trace).splitlines() for trace in propose(Trace.parse(text), regions, ask)]


def test_runs_are_dropped_halves_first_and_from_the_end():
    found = proposals(drop_runs, "inb 0x1\ninb 0x2\ninb 0x3\ninb 0x4")
    assert found[:2] == [["inb 0x1", "inb 0x2"], ["inb 0x3", "inb 0x4"]]
    assert found[2:] == [
        ["inb 0x1", "inb 0x2", "inb 0x3"],
        ["inb 0x1", "inb 0x2", "inb 0x4"],
        ["inb 0x1", "inb 0x3", "inb 0x4"],
        ["inb 0x2", "inb 0x3", "inb 0x4"],
    ]


@pytest.mark.parametrize("length", [1, 2, 3, 5, 7, 8])
def test_every_single_step_is_dropped_in_the_end(length):
    steps = [f"inb {number:#x}" for number in range(length)]
    found = proposals(drop_runs, "\n".join(steps))
    for step in steps:
        assert [other for other in steps if other != step] in found


def test_cycles_are_dropped_one_by_one():
    assert proposals(drop_cycles, "inb 0x1\ncycle\ninb 0x2\ncycle\ninb 0x3") == [
        ["inb 0x1", "inb 0x2", "cycle", "inb 0x3"],
        ["inb 0x1", "cycle", "inb 0x2", "inb 0x3"],
    ]


def test_a_wide_access_becomes_a_narrow_one_at_each_byte_that_is_there():
    assert proposals(narrow_accesses, "inw 0x11") == [["inb 0x11"], ["inb 0x12"]]
    assert proposals(narrow_accesses, "inl 0x12") == [["inb 0x12"]]
    assert proposals(narrow_accesses, "outw 0x10 0x1234") == [
        ["outb 0x10 0x34"],
        ["outb 0x11 0x12"],
    ]
    assert proposals(narrow_accesses, "readw 0x100") == [["readb 0x100"], ["readb 0x101"]]


def test_narrow_accesses_and_blocks_stay_as_they_are():
    assert proposals(narrow_accesses, "inb 0x10\nread 0x100 0x4\nclock_step 5") == []


def test_values_become_zero_or_one_bit_or_lose_a_bit():
    assert proposals(lower_values, "outb 0x10 0x5") == [
        ["outb 0x10 0x0"],
        *([f"outb 0x10 {1 << bit:#x}"] for bit in range(8)),
    ]
    found = proposals(lower_values, "outb 0x10 0x7")
    assert ["outb 0x10 0x6"] in found
    assert ["outb 0x10 0x3"] in found
    assert proposals(lower_values, "outb 0x10 0x0\ninb 0x10\nclock_step 9") == []


def test_addresses_become_lower_within_their_region():
    assert proposals(lower_addresses, "outb 0x12 0x5") == [["outb 0x10 0x5"], ["outb 0x11 0x5"]]
    assert proposals(lower_addresses, "readl 0x108") == [["readl 0x100"], ["readl 0x104"]]
    assert proposals(lower_addresses, "inb 0x99\nclock_step 5") == []


def test_only_so_many_lower_addresses_are_tried():
    assert len(proposals(lower_addresses, "readb 0x1ff")) == 8


def test_less_time_tries_powers_of_ten_first():
    found = proposals(less_time, "clock_step 1500")
    assert found[:4] == [[f"clock_step {step}"] for step in (1, 10, 100, 1000)]
    assert proposals(less_time, "clock_step\ninb 0x10") == []


@pytest.mark.parametrize("threshold", [1, 2, 7, 500, 1234, 999_999])
def test_less_time_finds_the_threshold(threshold):
    def ask(trace):
        return int(trace.commands[0].operands[0]) >= threshold

    best = Trace.parse("clock_step 1000000")
    while True:
        better = [trace for trace in less_time(best, MAP, ask) if ask(trace) and trace != best]
        if not better:
            break
        best = min(better, key=lambda trace: trace.commands[0].operands[0])
    assert str(best) == f"clock_step {threshold}\n"


def test_no_pass_finds_anything_in_nothing():
    for propose in PASSES:
        assert all(trace == Trace() for trace in propose(Trace(), MAP, lambda trace: False))


def test_on_a_big_endian_guest_the_first_byte_is_the_highest():
    regions = RegionMap((Region("memory", 0x100, 2, "r", 0, Owner("x")),), {"memory": "big"})
    trace = Trace.parse("writew 0x100 0x1234")
    assert [str(one.steps[0]) for one in narrow_accesses(trace, regions, lambda _: False)] == [
        "writeb 0x100 0x12",
        "writeb 0x101 0x34",
    ]


PAIRED = RegionMap(
    (
        Region("io", 0xCF8, 4, "index", 0, Owner("host")),
        Region("io", BEHIND, 256, "config", 0, OWNER, Via("io", 0xCF8, 0xCFC)),
    )
)


def test_what_is_selected_stays():
    selects = "outl 0xcf8 0x80000040\n"
    for propose in (narrow_accesses, lower_values, lower_addresses):
        assert proposals(propose, selects, regions=PAIRED) == []
    assert proposals(narrow_accesses, f"{selects}inw 0xcfe", regions=PAIRED) == [
        [selects.strip(), "inb 0xcfe"],
        [selects.strip(), "inb 0xcff"],
    ]


def test_what_shows_a_loss_through_a_pair_stays_with_what_selects_it():
    difference = Difference(
        oracle="future",
        cycle=1,
        step=3,
        command="inl 0xcfc",
        places=(),
        expected="",
        seen="",
        kind="state lost",
    )
    pair = ["outl 0xcf8 0x80000044", "inl 0xcfc"]
    text = "\n".join(["inb 0x1", "cycle", "outl 0xcf8 0x80000040", "inl 0xcfc", *pair])
    found = proposals(what_shows(difference), text, regions=PAIRED)
    assert found[0] == ["inb 0x1", "cycle", *pair]


def test_a_field_is_spoilt_with_fewer_bits():
    found = proposals(lower_spoils, "outb 0x10 0xff\nspoil dma 0 mode 0x0105\ncycle")
    assert [one[1] for one in found] == [
        f"spoil dma 0 mode {value}" for value in ("0x0104", "0x0101", "0x0005")
    ]
    assert proposals(lower_spoils, f"spoil dma 0 fifo 0x{'ff' * 9}\ncycle") == []


def test_fewer_bits_are_simpler():
    less, more = (Trace.parse(f"spoil dma 0 mode {value}\ncycle") for value in ("0x80", "0xff"))
    assert simplicity(less) < simplicity(more)
