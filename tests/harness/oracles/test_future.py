"""The same-future oracle: answers and interrupt lines of both runs."""

from dataclasses import replace

import pytest

from harness.command import Command
from harness.cycle import CycleRecord, Future
from harness.difference import LinePlace, RegisterPlace
from harness.finding import register_place
from harness.masks import Masks
from harness.observation import Move, Observation
from harness.oracles import Verdict, judge_future, places_apart
from harness.regions import BEHIND, Owner, Region, RegionMap, Register, Via

DMA = Owner("i8257", "/machine/device[4]", "dma", 0)
MAP = RegionMap((Region("io", 0x8, 8, "dma-cont", 0, DMA), Region("memory", 0, 64, "ram", 0, DMA)))
LOW, HIGH = {}, {"irq": 1}


def judge(lines, expected, seen, *, levels=(LOW, LOW), masks=None, regions=MAP):
    record = CycleRecord(
        1,
        tuple(Command.parse(line) for line in lines),
        b"",
        b"",
        Future(levels[0], tuple(expected)),
        None if seen is None else Future(levels[1], tuple(seen)),
        None,
        (),
    )
    return judge_future(record, regions, masks or Masks())


def answers(line, expected, seen, masks=None):
    return judge([line], [Observation(expected)], [Observation(seen)], masks=masks)


def test_without_a_second_run_there_is_nothing_to_say():
    assert judge(["inb 0x8"], [Observation(1)], None) == Verdict()


def test_equal_runs_are_equal():
    assert answers("inb 0x8", 1, 1) == Verdict()
    assert judge(["outb 0x8 0x1"], [Observation()], [Observation()]) == Verdict()


def test_the_first_answer_that_differs_is_told():
    difference = judge(
        ["inb 0x9", "inb 0x8", "inb 0xa"],
        [Observation(1), Observation(0x15), Observation(9)],
        [Observation(1), Observation(0x05), Observation(8)],
    ).difference
    assert difference.oracle == "future"
    assert difference.kind == "state lost"
    assert (difference.cycle, difference.step, difference.command) == (1, 1, "inb 0x8")
    assert difference.places == (RegisterPlace(Register(DMA, "dma-cont", 0), 0x10),)
    assert (difference.expected, difference.seen) == ("0x15", "0x05")


def test_a_wide_read_is_told_byte_by_byte():
    difference = answers("inl 0x8", 0x11223344, 0x11003345).difference
    assert difference.places == (
        RegisterPlace(Register(DMA, "dma-cont", 0), 0x01),
        RegisterPlace(Register(DMA, "dma-cont", 2), 0x22),
    )
    assert (difference.expected, difference.seen) == ("0x11223344", "0x11003345")


def test_a_block_of_memory_is_told_byte_by_byte():
    difference = answers("read 0x10 0x3", b"abc", b"abd").difference
    assert difference.places == (RegisterPlace(Register(DMA, "ram", 0x12), 0x07),)
    assert (difference.expected, difference.seen) == ("0x616263", "0x616264")


def test_an_address_of_nobody_is_told_as_unowned():
    (place,) = answers("inb 0x7f", 1, 2).difference.places
    assert place.register == Register(Owner("unowned"), "io", 0x7F)


def test_a_clock_that_differs_is_told_by_its_command():
    difference = answers("clock_step 5", 15, 5).difference
    assert difference.places == (RegisterPlace(Register(Owner("unowned"), "clock_step", 0), 0),)
    assert difference.command == "clock_step 5"


def known(bits, offset=0):
    masks = Masks()
    masks.add("known", [register_place("i8257", "dma-cont", offset, bits)])
    return masks


def test_known_bits_are_masked_and_counted():
    assert answers("inb 0x8", 0x15, 0x05, known(0xF0)) == Verdict(None, frozenset({"known"}))


def test_bits_beside_the_known_ones_are_told():
    verdict = answers("inb 0x8", 0x15, 0x04, known(0xF0))
    assert verdict.known == {"known"}
    assert verdict.difference.places == (RegisterPlace(Register(DMA, "dma-cont", 0), 0x01),)


def test_a_mask_that_is_not_met_is_not_counted():
    assert answers("inb 0x8", 0x15, 0x15, known(0xF0)).known == frozenset()
    assert answers("inb 0x9", 0x15, 0x05, known(0xF0)).known == frozenset()


def test_in_a_wide_read_each_byte_has_its_own_mask():
    verdict = answers("inw 0x8", 0x1010, 0x0000, known(0xF0))
    assert verdict.difference.places == (RegisterPlace(Register(DMA, "dma-cont", 1), 0x10),)


def moves(*steps):
    """One list of levels of the line "irq" for each step."""
    return [Observation(None, tuple(Move("irq", level) for level in step)) for step in steps]


def lines(expected, seen, levels=(LOW, LOW), masks=None):
    program = ["outb 0x8 0x0"] * len(expected)
    return judge(program, moves(*expected), moves(*seen), levels=levels, masks=masks)


@pytest.mark.parametrize(
    ("expected", "seen", "wanted"),
    [
        ([[1]], [[]], ("irq high", "irq low")),
        ([[]], [[1]], ("irq low", "irq high")),
        ([[1], [0]], [[1], []], ("irq low", "irq high")),
    ],
)
def test_a_line_that_one_run_moves_and_the_other_does_not_is_told(expected, seen, wanted):
    difference = lines(expected, seen).difference
    assert difference.kind == "interrupt lost"
    assert difference.places == (LinePlace("irq"),)
    assert difference.step == len(expected) - 1
    assert difference.command == "outb 0x8 0x0"
    assert (difference.expected, difference.seen) == wanted


def test_lines_that_move_alike_are_alike():
    assert lines([[1], [0, 1], []], [[1], [0, 1], []]) == Verdict()


def test_a_pulse_within_one_command_is_no_difference():
    assert lines([[1, 0]], [[]]) == Verdict()


def test_a_line_that_a_reset_lowered_is_not_compared_until_both_agree():
    # Loading does not drive it back: the receiver remembers.
    assert lines([[0], [1]], [[], [1]], levels=(HIGH, LOW)) == Verdict()
    assert lines([[]], [[1]], levels=(HIGH, LOW)) == Verdict()


def test_once_both_agree_it_is_compared_again():
    difference = lines([[0], [1]], [[], []], levels=(HIGH, LOW)).difference
    assert difference.step == 1
    assert difference.kind == "interrupt lost"


def test_a_line_that_was_never_seen_is_low():
    assert lines([[0]], [[]], levels=({"irq": 0}, LOW)) == Verdict()


def test_a_known_line_is_counted_and_others_are_told():
    masks = Masks()
    masks.add("known", [LinePlace("irq")])
    assert lines([[1]], [[]], masks=masks) == Verdict(None, frozenset({"known"}))
    both = [Observation(None, (Move("irq", 1), Move("nmi", 1)))]
    verdict = judge(["outb 0x8 0x0"], both, [Observation()], masks=masks)
    assert verdict.known == {"known"}
    assert verdict.difference.places == (LinePlace("nmi"),)


def test_a_known_line_that_stays_apart_is_counted_once_only():
    masks = Masks()
    masks.add("known", [LinePlace("irq")])
    assert lines([[1], [0], [1]], [[], [], []], masks=masks).difference is None


def test_every_place_that_differs_is_listed_and_time_has_none():
    record = CycleRecord(
        1,
        tuple(map(Command.parse, ("inb 0x8", "clock_step 5", "inw 0x9"))),
        b"",
        b"",
        Future(LOW, (Observation(1), Observation(5), Observation(0x0300))),
        Future(LOW, (Observation(0), Observation(6), Observation(0x0001))),
        None,
        (),
    )
    found = [(place.register.offset, place.bits) for place in places_apart(record, MAP)]
    assert found == [(0, 1), (1, 1), (2, 3)]
    assert places_apart(replace(record, seen=None), MAP) == ()


def test_on_a_big_endian_guest_the_first_address_has_the_highest_byte():
    ahead, behind = (Future({}, (Observation(value),)) for value in (0x11223344, 0x11003345))
    record = CycleRecord(1, (Command.parse("readl 0x8"),), b"", b"", ahead, behind, None, ())
    whose = RegionMap((Region("memory", 8, 4, "dma-cont", 0, DMA),), {"memory": "big"})
    assert judge_future(record, whose, Masks()).difference.places == (
        RegisterPlace(Register(DMA, "dma-cont", 1), 0x22),
        RegisterPlace(Register(DMA, "dma-cont", 3), 0x01),
    )


def test_what_differs_through_a_pair_is_whose_was_selected():
    page = Region(
        "io", BEHIND + 0x8000_1000, 256, "config", 0, Owner("e1000"), Via("io", 0xCF8, 0xCFC)
    )
    lines = ["outl 0xcf8 0x80001040", "inb 0xcfd"]
    seen = [[Observation(), Observation(value)] for value in (1, 3)]
    difference = judge(lines, *seen, regions=RegionMap((page,))).difference
    assert difference.places == (register_place("e1000", "config", 0x41, 2),)
    assert (difference.step, difference.command) == (1, "inb 0xcfd")
    unknown = judge(lines[1:], *(one[1:] for one in seen), regions=RegionMap((page,))).difference
    assert unknown.places == (register_place("unowned", "io", 0xCFD, 2),)
