"""Traces at random: within the map, without hazards, for one device."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.command import Command
from harness.learning import Lesson
from harness.regions import BEHIND, PAGE, Owner, Region, RegionMap, Via
from harness.strategies import Vocabulary, traces
from harness.strategies.traces import _Reader

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


def vocabulary(regions=MAP, owner=DEVICE, *, lessons=None, has_clock=False, hazard=no_hazard):
    return Vocabulary.of_owner(regions, owner, has_clock=has_clock, hazard=hazard, lessons=lessons)


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
    assert 0 < len(words.sweep) <= 400
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


BAR = Region("memory", 0x10000, 0x8000, "bar", 0, DEVICE)
SPOTS = {BAR: Lesson((0x100, 0x7FFC))}


def plugged(*regions, spots=None, has_clock=False, hazard=no_hazard, **more):
    words = Vocabulary.of_plugged(
        regions or MAP.of(DEVICE), spots or {}, has_clock=has_clock, hazard=hazard
    )
    return replace(words, **more)


def test_of_a_plugged_device_nothing_but_itself_is_reached():
    words = plugged()
    assert words.accesses == words.own
    assert reached(words.own) == {0x10, 0x11, 0x12, *range(0x1000, 0x1010)}
    assert not words.is_empty


def test_of_a_large_region_its_start_and_what_was_learned_are_reached():
    words = plugged(BAR, spots=SPOTS)
    offsets = {address - BAR.start for address in reached(words.own)}
    assert offsets == {*range(0x104), *range(0x7FFC, 0x8000)}
    assert ("writel", BAR.start + 0x7FFC) in words.own
    assert ("writew", BAR.start + 0x7FFF) not in words.own
    assert ("readl", BAR.start + 0x7FFD) not in words.own


def test_of_a_large_region_that_was_not_learned_the_start_is_reached():
    assert max(reached(plugged(BAR).own)) == BAR.start + 0xFF


def test_writes_are_drawn_more_often_than_reads():
    words = plugged()
    assert words.own.count(("writel", 0x1000)) == 4 * words.own.count(("readl", 0x1000)) == 16
    assert words.own.count(("outb", 0x10)) == 4 * words.own.count(("inb", 0x10)) == 16


def test_words_are_drawn_and_swept_by_the_width_that_they_answer_to():
    ports = Region("io", 0x40, 7, "ports", 0, DEVICE)
    words = plugged(
        SMALL, ports, spots={ports: Lesson(widths={0: 2}), SMALL: Lesson(widths={4: 1})}
    )
    assert [str(command) for command in words.sweep if command.space == "io"] == [
        "inw 0x40",
        "inw 0x42",
        "inb 0x44",
        "inb 0x45",
        "inb 0x46",
    ]
    swept = [(one.verb, one.address - SMALL.start) for one in words.sweep if one.space == "memory"]
    assert swept[:6] == [
        ("readl", 0),
        *(("readb", at) for at in range(4, 8)),
        ("readl", 8),
    ]
    assert words.own.count(("outw", 0x40)) == words.own.count(("outb", 0x44)) == 16
    assert words.own.count(("outb", 0x40)) == words.own.count(("outw", 0x44)) == 4


def test_the_sweep_stays_in_a_region_of_an_odd_size():
    ports = Region("io", 0x40, 3, "ports", 0, DEVICE)
    words = plugged(ports, spots={ports: Lesson(widths={0: 2})})
    assert [str(command) for command in words.sweep] == ["inw 0x40"]


def test_the_sweep_of_several_regions_has_some_of_each():
    ports = Region("io", 0, 0x100, "ports", 0, DEVICE)
    sweep = plugged(BAR, ports, spots={BAR: Lesson(tuple(range(0x100, 0x800, 4)))}).sweep
    assert len(sweep) == len(set(sweep)) == 400
    assert sum(command.space == "io" for command in sweep) == 200


def test_the_sweep_reads_all_registers_of_a_device_that_shows_them_twice():
    # As a card's that has 256 bytes of them in ports, in memory, and a page of configuration.
    ports = Region("io", 0xC000, 0x100, "ports", 0, DEVICE)
    memory = Region("memory", 0xB0001000, 0x100, "memory", 0, DEVICE)
    page = Region("memory", 0xB0000000, 0x100, "config", 0, DEVICE)
    sweep = plugged(ports, memory, page).sweep
    assert {command.address for command in sweep} == {
        *range(0xC000, 0xC100),
        *range(0xB0001000, 0xB0001100, 4),
        *range(0xB0000000, 0xB0000100, 4),
    }


def test_the_header_of_a_page_is_read_and_not_written():
    page = Region("memory", 0xB0000000, 256, "config", 0, DEVICE)
    words = plugged(page)
    written = {address for verb, address in words.own if verb.startswith("write")}
    assert min(written) == 0xB0000040
    assert 0xB0000004 in reached(words.own)
    header = Region("memory", 0xB0000000, 256, "registers", 0, DEVICE)
    assert ("writel", 0xB0000004) in plugged(header).own


def test_a_plugged_device_without_registers_leaves_nothing_to_do_but_requests():
    nothing = Vocabulary.of_plugged((), {}, has_clock=False, hazard=no_hazard)
    assert nothing.is_empty
    assert nothing.requests == ()
    assert not replace(nothing, requests=(request,)).is_empty


def test_hazards_of_a_plugged_device_are_left_out():
    words = plugged(hazard=hazard_at_0x11)
    assert not {("outb", 0x11), ("inb", 0x11)} & set(words.own)


def request(data):
    """Write what is drawn to where no access goes."""
    return tuple(Command("outb", (0x80 + at, byte)) for at, byte in enumerate(data[:8]))


def requested(**more):
    return plugged(requests=(request,), **more)


START = (Command("outb", (0x7F, 1)),)


def all_of(words, count=60):
    """Draw traces in a test."""
    found = []

    @settings(max_examples=count, deadline=None, database=None, derandomize=True)
    @given(traces(words))
    def collect(trace):
        found.append(trace)

    collect()
    return found


def test_requests_and_accesses_are_mixed():
    commands = [command for trace in all_of(requested(sweep=())) for command in trace.commands]
    ports = {command.address for command in commands}
    assert set(range(0x80, 0x88)) < ports
    assert {0x10, 0x1000} < ports
    assert (
        sum(command.address >= 0x80 for command in commands if command.space == "io")
        > len(commands) // 2
    )


def test_zeros_stand_for_the_simplest_request():
    words = requested()
    assert _Reader(words).requests(bytes(8), words.own) == 2 * request(bytes(8))
    assert _Reader(words).requests(bytes([0, 0, 0, 1]), words.own) != request(bytes(8))


def test_the_same_bytes_make_the_same_requests():
    assert list(map(str, all_of(requested(), 20))) == list(map(str, all_of(requested(), 20)))


def test_most_traces_begin_with_the_start_of_the_driver():
    found = all_of(requested(start=START))
    started = sum(trace.steps[: len(START)] == START for trace in found)
    assert len(found) // 2 < started < len(found)
    assert all(START[0] not in trace.steps[1:] for trace in found)


RESUME = (Command("outb", (0xA0, 7)), Command("outb", (0xA1, 8)))


def test_some_traces_begin_with_a_device_at_work_and_nothing_else():
    found = all_of(requested(start=START, resume=RESUME), 200)
    at_work = [trace for trace in found if trace.segments[0] == (*START, *RESUME)]
    assert len(found) // 20 < len(at_work) < len(found) // 2
    # Without what it could go on with, a trace begins with what is drawn.
    assert all(trace.segments[0] != START for trace in all_of(requested(start=START)))


def test_a_device_at_work_goes_on_behind_its_first_cycle_before_anything_else_is_done():
    words = requested(start=START, resume=RESUME)
    size, swept_next = len(RESUME), []
    for trace in all_of(words, 200):
        opening, *suffixes = trace.segments
        is_resumed = [suffix[:size] == RESUME for suffix in suffixes]
        is_at_work = opening == (*START, *RESUME)
        assert is_resumed == [is_at_work] + [False] * (len(suffixes) - 1)
        if is_at_work:
            rest = suffixes[0][size:]
            swept_next.append(rest[: len(words.sweep)] == words.sweep)
            assert swept_next[-1] or rest[-len(words.sweep) :] == words.sweep
    assert set(swept_next) == {False, True}


def test_requests_of_hazards_are_left_out():
    def hazard(command):
        return "x" if command.address in {0x11, 0x83} else None

    reached_ = {
        command.address for trace in all_of(requested(hazard=hazard)) for command in trace.commands
    }
    assert {0x82, 0x84} < reached_
    assert not {0x11, 0x83} & reached_


def test_requests_reach_a_device_without_registers():
    words = Vocabulary.of_plugged((), {}, has_clock=False, hazard=no_hazard)
    found = all_of(replace(words, requests=(request,)))
    assert {c.address for trace in found for c in trace.commands} == set(range(0x80, 0x88))


@pytest.mark.parametrize("has_clock", [False, True])
def test_beside_requests_every_register_is_still_reached(has_clock):
    # As many accesses as a power of two: what chooses an access must not thin them out.
    accesses = tuple(("outb", port) for port in range(2048))
    words = Vocabulary(accesses, accesses, (), has_clock, no_hazard, requests=(lambda _data: (),))
    reader = _Reader(words)
    pieces = (bytes([high, low, 0, 0]) for high in range(256) for low in range(256))
    found = {
        command.operands[0]
        for piece in pieces
        for command in reader.requests(piece, accesses)
        if command.verb == "outb"
    }
    assert found == set(range(2048))


def test_a_burst_is_as_many_writes_as_there_are_bytes_for():
    (burst,) = plugged().requests
    writes = burst(bytes(range(96)))
    assert len(writes) == 24
    assert all(command.is_write for command in writes)
    assert {command.address for command in writes} <= reached(plugged().own)
    assert burst(bytes(range(96))) == writes
    assert len({command.address for command in writes}) > 6


SMALL, PORTS = MAP.of(DEVICE)[1], MAP.of(DEVICE)[0]


def bursts(words, count=400):
    """Return what the vocabulary's bursts write, in many bursts."""
    (burst,) = words.requests
    data = hashlib.shake_128(b"drawn").digest(4 * count)
    return [command for start in range(0, len(data), 96) for command in burst(data[start:][:96])]


def test_a_burst_has_no_more_writes_than_there_are_places_to_write_to():
    few, many = plugged(PORTS), plugged(SMALL)
    places = {access for access in few.own if access[0].startswith("out")}
    drawn = bytes(range(96))
    assert 1 < len(places) < 24 == len(many.requests[0](drawn))
    assert len(few.requests[0](drawn)) == len(places)


def test_half_of_what_is_written_is_what_is_worth_it():
    lesson = Lesson(rest={0: 0x80, 4: 0x1234_5678}, sticky={0: 0x0000_0103})
    words = plugged(SMALL, spots={SMALL: lesson})
    worth = words.worth["writel", 0x1000]
    assert (worth.sticky, worth.rest, worth.constants) == (0x103, 0x80, (0x80, 0x1234_5678))
    values = {worth.value(seed, 32) for seed in range(200)}
    assert values == {0x80, 0x1234_5678, 0x81, 0x82, 0x180}
    written = [c.value for c in bursts(words, 20_000) if (c.verb, c.address) == ("writel", 0x1000)]
    known = sum(value in values for value in written)
    assert len(written) / 2 < known < len(written)


def test_of_narrow_accesses_each_has_its_own_bits():
    words = plugged(SMALL, spots={SMALL: Lesson(rest={0: 0xAABB_CCDD}, sticky={0: 0x0003_0100})})
    assert {access: (one.sticky, one.rest) for access, one in words.worth.items()} == {
        ("writel", 0x1000): (0x0003_0100, 0xAABB_CCDD),
        ("writew", 0x1000): (0x0100, 0xCCDD),
        ("writew", 0x1002): (0x0003, 0xAABB),
        ("writeb", 0x1001): (0x01, 0xCC),
        ("writeb", 0x1002): (0x03, 0xBB),
    }
    ports = replace(PORTS, size=4)
    words = plugged(ports, spots={ports: Lesson(rest={0: 0}, sticky={0: 0x0001_8000})})
    assert {access for access in words.worth if access[0] == "outw"} == {
        ("outw", 0x10),
        ("outw", 0x11),
        ("outw", 0x12),
    }


def test_bursts_leave_out_what_ends_the_guest():
    lessons = {SMALL: Lesson(touchy=(4,))}
    for words in (plugged(SMALL, spots=lessons), vocabulary(lessons=lessons)):
        reached = {c.address + byte for c in bursts(words, 5000) for byte in range(c.size)}
        assert not {0x1004, 0x1005, 0x1006, 0x1007} & reached
        assert {0x1000, 0x1003, 0x1008, 0x100F} <= reached
        # By itself it may be written still.
        assert ("writel", 0x1004) in words.own


def test_where_all_ends_the_guest_there_are_no_bursts():
    assert plugged(SMALL, spots={SMALL: Lesson(touchy=(0, 4, 8, 12))}).requests == ()


def test_a_device_of_a_board_has_bursts_as_soon_as_it_was_learned_of():
    assert vocabulary().requests == ()
    words = vocabulary(lessons={SMALL: Lesson(), PORTS: Lesson()})
    assert {c.address for c in bursts(words, 5000)} <= reached(words.own)


def test_of_a_large_region_of_a_board_what_was_learned_is_reached_too():
    words = vocabulary(RegionMap((BAR,)), lessons=SPOTS)
    assert {BAR.start + 0x100, BAR.start + 0x7FFC} <= reached(words.accesses)
    assert Command("readl", (BAR.start + 0x7FFC,)) in words.sweep


def test_the_same_lessons_draw_the_same_traces():
    lessons = {SMALL: Lesson(rest={0: 7}, sticky={0: 0xFF})}
    first, second = (all_of(plugged(SMALL, spots=lessons), 20) for _ in range(2))
    assert first == second != all_of(plugged(SMALL), 20)


PAGED = Region("io", BEHIND + 0x8000_1000, 256, PAGE, 0, DEVICE, Via("io", 0xCF8, 0xCFC))


def paged(**how):
    return Vocabulary.of_plugged([PAGED], {}, has_clock=False, hazard=no_hazard, **how)


def test_what_is_behind_a_pair_is_reached_by_two_commands_that_stay_together():
    index = Region("io", 0xCF8, 4, "index", 0, OTHER)
    learned = {PAGED: Lesson()}
    for words in (paged(), vocabulary(RegionMap((PAGED, index)), lessons=learned)):
        reader = _Reader(words)
        for data in (bytes(range(1, 65)), bytes(range(64, 0, -1))):
            for sent in (reader.commands(data, words.own), reader.requests(data, words.own)):
                assert sent
                for select, access in zip(sent[::2], sent[1::2], strict=True):
                    assert str(select).startswith("outl 0xcf8 0x800010")
                    assert 0xCFC <= access.address <= 0xD00 - access.size


def test_the_sweep_of_a_page_behind_a_pair_reads_each_double_word():
    sweep = [str(command) for command in paged().sweep]
    assert len(sweep) == 128
    assert sweep[:4] == ["outl 0xcf8 0x80001000", "inl 0xcfc", "outl 0xcf8 0x80001004", "inl 0xcfc"]


def test_the_header_of_a_page_behind_a_pair_is_read_and_not_written():
    own = set(paged().own)
    assert ("inl", PAGED.start + 4) in own
    assert ("outl", PAGED.start + 4) not in own
    assert {("outl", PAGED.start + 64), ("outb", PAGED.start + 67)} <= own
    assert not {("outl", PAGED.start + 65), ("inw", PAGED.start + 3)} & own


def test_what_ends_the_guest_is_written_rarely():
    for touchy in ((4,), tuple(range(0, 16, 4))):
        own = plugged(SMALL, spots={SMALL: Lesson(touchy=touchy)}).own
        ends = [verb.startswith("write") and a - 0x1000 & ~3 in touchy for verb, a in own]
        assert 0 < sum(ends) <= len(own) / 32


def test_too_much_that_ends_the_guest_is_left_out():
    words = tuple(range(0, 256, 4))
    own = [Region("memory", start, 256, "big", 0, Owner("big")) for start in (0x1000, 0x2000)]
    mute = plugged(*own, spots=dict.fromkeys(own, Lesson(touchy=words))).own
    assert {verb for verb, _ in mute} == {"readb", "readw", "readl"}


def test_of_more_accesses_than_bytes_tell_apart_the_last_are_reached_too():
    large = [Region("io", start, 0x100, "p", 0, DEVICE) for start in range(0, 0x2000, 0x100)]
    for words in (
        Vocabulary.of_plugged(large, {}, has_clock=False, hazard=no_hazard),
        Vocabulary.of_plugged(large, {}, has_clock=True, hazard=no_hazard),
    ):
        assert len(words.own) > 1 << 16
        reader = _Reader(words)
        # 0xfffe is no step of the clock; 0xff makes no request of the run.
        assert reader.commands(b"\xff\xfe\0\0", words.own)[0].address >= 0x1F00
        assert reader.requests(b"\xff\xfe\0\0", words.own)[0].address >= 0x1F00


def test_many_others_are_thinned_so_that_each_of_them_can_be_reached():
    others = tuple(Region("io", at, 0x100, "p", 0, OTHER) for at in range(0x100, 0x2000, 0x100))
    words = vocabulary(RegionMap((*MAP.regions[:1], *others)))
    around = [address for _, address in words.accesses if address >= 0x100]
    assert 1500 <= len(around) <= 3000
    assert max(around) >= 0x1F00
    assert len(words.accesses) < 1 << 14


def soiled(words, count=1000):
    """Return the segments of traces behind whose checkpoints all is dirtied."""
    found = []

    @settings(
        max_examples=count, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(traces(words, is_soiled=True))
    def collect(trace):
        for segment in trace.segments[1:]:
            found.extend(way for way in words.soil if segment == (*words.sweep, *way))

    collect()
    return found


def test_all_registers_are_dirtied_behind_some_of_the_checkpoints():
    words = plugged(SMALL, spots={SMALL: Lesson(rest={0: 7}, sticky={0: 0xFF00})})
    assert set(soiled(words)) == set(words.soil)
    written = [[(one.verb, one.address, one.value) for one in way] for way in words.soil]
    # What sticks is set, cleared and both in turn; what does not may be a command.
    assert [way[0] for way in written] == [
        ("writel", 0x1000, value) for value in (0xFF07, 0x0007, 0x5A07, 0xA507)
    ]
    assert [way[3] for way in written] == [
        ("writel", 0x100C, value) for value in (0xFFFFFFFF, 0, 0x5A5A5A5A, 0xA5A5A5A5)
    ]


def test_nothing_is_dirtied_where_nobody_asked_or_nothing_may_be_written():
    words = plugged(SMALL)
    assert not any(
        words.soil[0][0] in segment
        for trace in all_of(words, 100)
        for segment in trace.segments
        if segment == (*words.sweep, *words.soil[0])
    )
    assert plugged(SMALL, spots={SMALL: Lesson(touchy=(0, 4, 8, 12))}).soil == ()


def test_only_what_may_be_written_is_dirtied():
    own = plugged(hazard=hazard_of_ones).soil
    assert not [one for way in own for one in way if one.value & 1]
    page = Region("memory", 0xB0000000, 256, PAGE, 0, DEVICE)
    assert min(one.address for way in plugged(page).soil for one in way) == 0xB0000040
    touchy = plugged(SMALL, spots={SMALL: Lesson(touchy=(4,))}).soil
    assert {one.address for way in touchy for one in way} == {0x1000, 0x1008, 0x100C}


def test_of_very_many_registers_those_that_keep_something_are_dirtied():
    sticky = dict.fromkeys(range(0x4000, 0x4100, 4), 1)
    lesson = Lesson(tuple(sticky), sticky=sticky, rest=dict.fromkeys(sticky, 0))
    (first, *_) = plugged(BAR, spots={BAR: lesson}).soil
    assert len(first) == 96
    assert {one.address - BAR.start for one in first} >= set(sticky)


def test_what_is_dirtied_behind_a_pair_is_selected_first():
    way = [str(one) for one in paged().soil[0]]
    assert way[:2] == ["outl 0xcf8 0x80001040", "outl 0xcfc 0xffffffff"]
