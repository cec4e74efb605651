"""Traces at random: within the map, without hazards, for one device."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.command import Command
from harness.regions import Owner, Region, RegionMap
from harness.strategies import Vocabulary, traces

DEVICE, OTHER = Owner("device", "/d", "d"), Owner("other", "/o", "o")
MAP = RegionMap(
    (
        Region("io", 0x10, 3, "a", 0, DEVICE),
        Region("memory", 0x1000, 0x10, "b", 0, DEVICE),
        Region("io", 0x40, 2, "c", 0, OTHER),
    )
)


def no_hazard(command):
    return None


def hazard_at_0x11(command):
    return "x" if command.address <= 0x11 < command.address + command.size else None


def hazard_of_ones(command):
    return "ones" if command.is_write and command.value & 1 else None


def vocabulary(regions=MAP, owner=DEVICE, *, has_clock=False, hazard=no_hazard):
    return Vocabulary.of_owner(regions, owner, has_clock=has_clock, hazard=hazard)


def reached(accesses):
    return {address for _, address in accesses}


def test_the_devices_own_registers_are_reached_before_and_after_a_cycle():
    words = vocabulary()
    assert {0x10, 0x11, 0x12, 0x1000, 0x100C} <= reached(words.accesses)
    assert 0x40 in reached(words.accesses)
    assert not {0x40, 0x41} & reached(words.own)


def test_other_devices_are_reached_more_rarely():
    words = vocabulary()
    around = sum(address in (0x40, 0x41) for _, address in words.accesses)
    assert 0 < around < len(words.accesses) / 2


def test_accesses_stay_within_their_region():
    assert ("inw", 0x11) in vocabulary().own
    assert ("inw", 0x12) not in vocabulary().own
    assert ("inl", 0x10) not in vocabulary().own
    assert ("readl", 0x1001) not in vocabulary().own


def test_the_sweep_reads_each_register_of_the_device_once():
    sweep = [str(command) for command in vocabulary().sweep]
    assert sweep == [
        "inb 0x10",
        "inb 0x11",
        "inb 0x12",
        "readl 0x1000",
        "readl 0x1004",
        "readl 0x1008",
        "readl 0x100c",
    ]


def test_the_sweep_of_a_large_device_has_an_end():
    large = RegionMap((Region("io", 0, 0x1000, "a", 0, DEVICE),))
    words = vocabulary(large)
    assert 0 < len(words.sweep) <= 256
    assert max(reached(words.own)) < 0x1000


def test_a_memory_region_of_an_odd_size_is_read_by_bytes():
    odd = RegionMap((Region("memory", 0x100, 3, "a", 0, DEVICE),))
    assert [str(command) for command in vocabulary(odd).sweep] == [
        "readb 0x100",
        "readb 0x101",
        "readb 0x102",
    ]


def test_hazards_are_left_out():
    words = vocabulary(hazard=hazard_at_0x11)
    assert not {("inb", 0x11), ("outb", 0x11), ("inw", 0x10), ("inw", 0x11)} & set(words.accesses)
    assert Command("inb", (0x11,)) not in words.sweep
    assert ("inb", 0x10) in words.own


def test_without_an_owner_everything_is_the_machines_own():
    assert reached(vocabulary(owner=None).own) >= {0x10, 0x40, 0x1000}


def test_a_device_without_safe_registers_leaves_nothing_to_do():
    words = vocabulary(owner=Owner("nobody"))
    assert words.is_empty
    with pytest.raises(ValueError, match="nothing to do to this guest"):
        traces(words)
    assert not vocabulary().is_empty


def drawn(**how):
    """Draw a trace in a test; what is drawn is the same in every run."""

    def decorate(test):
        checked = given(st.shared(traces(vocabulary(**how)), key="trace"))(test)
        return settings(
            max_examples=40,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )(checked)

    return decorate


@drawn(hazard=hazard_at_0x11)
def test_a_trace_has_a_cycle_and_no_hazard(trace):
    assert 1 <= trace.cycles <= 8
    assert trace.segments[0]
    assert all(hazard_at_0x11(command) is None for command in trace.commands)


@drawn(hazard=hazard_of_ones)
def test_a_value_that_is_a_hazard_is_read_instead(trace):
    assert all(hazard_of_ones(command) is None for command in trace.commands)


@drawn()
def test_after_a_cycle_only_the_device_is_touched_and_all_of_it_is_read(trace):
    words = vocabulary()
    for segment in trace.segments[1:]:
        assert {command.address for command in segment} <= reached(words.own) | {0x10, 0x1000}
        start = segment[: len(words.sweep)]
        assert words.sweep in (start, segment[-len(words.sweep) :])


@drawn()
def test_without_a_clock_time_stands_still(trace):
    assert all(command.verb != "clock_step" for command in trace.commands)


@drawn(has_clock=True)
def test_with_a_clock_a_step_is_at_most_a_second(trace):
    for command in trace.commands:
        if command.verb == "clock_step":
            assert 1 <= command.operands[0] <= 1_000_000_000


@drawn()
def test_every_value_fits_its_width(trace):
    for command in trace.commands:
        if command.is_write:
            assert 0 <= command.value < 1 << (8 * command.size)


@drawn()
def test_a_trace_reads_back_from_its_text(trace):
    assert type(trace).parse(str(trace)) == trace
