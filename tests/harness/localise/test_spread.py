"""Spread: how much of a loss there is."""

import pytest

from harness.difference import Difference, FieldPlace, LinePlace, RegisterPlace
from harness.examiner import Examiner
from harness.localise import spread, step_index
from harness.masks import Masks
from harness.regions import BEHIND, Owner, Region, RegionMap, Register, Via
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace


def spread_of(text, *registers, **script):
    guest = FakeGuest(Script(registers=registers, **script))
    examiner = Examiner(guest, Masks())
    trace = Trace.parse(text)
    difference = examiner.examine(trace).difference
    asked = []

    def ask(candidate, cycle):
        asked.append(candidate)
        return examiner.everywhere(candidate, cycle)

    places = spread(trace, difference, guest.map, ask)
    found = [(place.register.offset, place.bits) for place in places]
    return found, asked


def lost(address, **kind):
    return FakeRegister(address=address, is_saved=False, **kind)


LEAST = "outb 0x12 0x1\ncycle\ninb 0x12"


def test_all_bits_that_are_lost_are_found():
    found, _ = spread_of(LEAST, FakeRegister(address=0x12, loads=0x7E))
    assert found == [(0, 0x81)]


def test_other_registers_of_the_region_that_show_it_are_found():
    found, _ = spread_of(
        LEAST,
        FakeRegister(address=0x10, shows=0x12),
        FakeRegister(address=0x11),
        lost(0x12),
        lost(0x13),
    )
    assert found == [(2, 0xFF), (0, 0x01)]


def test_another_region_is_not_read():
    _, asked = spread_of(LEAST, lost(0x12), lost(0x13, region="other"))
    assert all("0x13" not in str(trace) for trace in asked)


def test_only_so_many_neighbours_are_read():
    registers = [FakeRegister(address=address) for address in range(0x12)]
    registers += [lost(0x12)]
    registers += [FakeRegister(address=address) for address in range(0x13, 0x80)]
    _, asked = spread_of(LEAST, *registers)
    reads = [command.address for command in asked[-1].commands if command.is_read]
    assert sorted(reads) == [*range(0x2, 0x22)]
    assert reads[0] == 0x12


def test_all_neighbours_are_read_in_one_run_and_wide_values_stop_where_they_show_it():
    wide = LEAST.replace("outb", "outw")
    _, asked = spread_of(wide, *(lost(0x10 + offset) for offset in range(8)))
    assert [str(trace.commands[0]) for trace in asked] == [
        "outw 0x12 0xffff",
        "outw 0x12 0xfffe",
        "outw 0x12 0x1",
    ]


def test_of_a_byte_each_bit_is_tried():
    _, asked = spread_of(LEAST, *(lost(0x10 + offset) for offset in range(8)))
    values = [trace.commands[0].value for trace in asked]
    assert values == [0xFF, 0xFE, 0x0, *(1 | 1 << bit for bit in range(1, 8)), 0x1]


def test_where_no_whole_value_shows_it_each_bit_is_tried():
    guest = FakeGuest(Script(registers=(lost(0x12),)))
    register = guest.map.register_at("io", 0x12)

    def ask(candidate, cycle):
        value = candidate.commands[0].value
        return (RegisterPlace(register, value),) if value in (0x3, 0x41) else ()

    first = RegisterPlace(register, 1)
    places = spread(Trace.parse(LEAST), difference(first), guest.map, ask)
    assert places == (RegisterPlace(register, 0x43),)


def test_only_so_many_values_are_written():
    writes = "".join(f"outb 0x10 {value:#x}\n" for value in range(200))
    _, asked = spread_of(f"{writes}{LEAST}", FakeRegister(address=0x10), lost(0x12))
    assert len(asked) <= 65


def difference(*places, **changes):
    values = {
        "oracle": "future",
        "cycle": 1,
        "step": 0,
        "command": "inb 0x12",
        "places": places,
        "expected": "",
        "seen": "",
        "kind": "state lost",
    }
    return Difference(**(values | changes))


def never(trace, cycle):
    raise AssertionError("nothing needs to be run")


@pytest.mark.parametrize(
    "places",
    [(), (LinePlace("irq"),), (FieldPlace("fake", 0, "r1", 1), FieldPlace("fake", 0, "r2", 1))],
)
def test_what_is_no_register_is_taken_as_it_is(places):
    guest = FakeGuest(Script(registers=(lost(0x12),)))
    assert spread(Trace.parse(LEAST), difference(*places), guest.map, never) == places


@pytest.mark.parametrize("last", ["inb 0x99", "outb 0x12 0x1", "clock_step 5"])
def test_where_nothing_of_the_region_was_read_only_values_are_tried(last):
    guest = FakeGuest(Script(registers=(lost(0x12), lost(0x13))))
    place = RegisterPlace(guest.map.register_at("io", 0x12), 1)
    trace = Trace.parse(f"cycle\n{last}")
    asked = []

    def ask(candidate, cycle):
        asked.append(candidate)
        return ()

    assert spread(trace, difference(place), guest.map, ask) == (place,)
    assert all(candidate.steps[0] == trace.steps[0] for candidate in asked)
    assert all(candidate.commands[0].address == trace.commands[0].address for candidate in asked)


@pytest.mark.parametrize(
    ("cycle", "step", "index"), [(1, 0, 2), (1, 1, 3), (2, 0, 5), (2, None, 5)]
)
def test_the_step_that_showed_it_is_found_in_the_trace(cycle, step, index):
    trace = Trace.parse("inb 0x0\ncycle\ninb 0x2\ninb 0x3\ncycle\ninb 0x5")
    assert step_index(trace, difference(cycle=cycle, step=step)) == index


def test_through_a_pair_others_are_selected_and_what_is_selected_is_not_varied():
    via = Via("io", 0xCF8, 0xCFC)
    regions = RegionMap((Region("io", BEHIND + 0x8000_0000, 12, "config", 0, Owner("x"), via),))
    place = RegisterPlace(Register(Owner("x"), "config", 4), 1)
    select = "outl 0xcf8 0x80000004"
    trace = Trace.parse(f"{select}\noutb 0xcfc 0x1\ncycle\n{select}\ninl 0xcfc")
    difference = Difference(
        oracle="future",
        cycle=1,
        step=1,
        command="inl 0xcfc",
        places=(place,),
        expected="",
        seen="",
        kind="state lost",
    )
    asked = []
    assert spread(trace, difference, regions, lambda one, _: asked.append(one) or ()) == (place,)
    others = [str(step) for step in asked[-1].steps[5:]]
    assert others == ["outl 0xcf8 0x80000000", "inl 0xcfc", "outl 0xcf8 0x80000008", "inl 0xcfc"]
    assert {str(one.steps[0]) for one in asked} == {select}
