"""Every kind of mutation: it can be done, says what it did, and shrinks towards none."""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import Phase, find, given, settings

from harness.strategies.streams import (
    KINDS,
    anatomy_of,
    applied,
    mutated_streams,
    mutations,
)
from tests.support import one_of_each as small
from vmstate.acceptance import Accepted, Refused, destination_of, load
from vmstate.stream import Section, read_stream

DATA = small.SMALL
ANATOMY = anatomy_of(DATA)
HERE = destination_of(DATA)
DONOR = anatomy_of(
    small.written(
        small.events(
            tuple(
                (idstr, instance, described, body.replace(b"\4", b"\x14"))
                for idstr, instance, described, body in small.DEVICES
            )
        )
    )
)
#: A stream with nothing in it but its header and its end.
EMPTY = anatomy_of(
    small.written([*small.events(())[:2], *small.memory()[:0], *small.events(())[-2:]])
)


def of(kind, anatomy=ANATOMY):
    return mutations(anatomy, kinds=[kind], donors=[DONOR])


@cache
def sample(kind):
    """Some mutations of a kind, the same ones every time; the first one is the simplest."""
    found = []

    @settings(max_examples=120, phases=[Phase.generate])
    @given(of(kind))
    def draw(one):
        found.append(one)

    draw()
    return found


def some(kind, condition):
    return next(one for one in sample(kind) if condition(one))


def said(kind, *changes):
    """Whether each of *changes*, as a pattern, is what some mutation of that kind says."""
    texts = [str(one) for one in sample(kind)]
    missing = [change for change in changes if not any(re.search(change, one) for one in texts)]
    assert not missing, texts
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutation_changes_the_stream_and_can_be_undone(kind):
    for one in sample(kind)[:30]:
        data = applied(DATA, [one])
        assert data != DATA
        assert data == applied(DATA, [one])
        # What it replaced is known and what it put in is there: it can be done backwards.
        gained = 0
        for edit in one.edits:
            start = edit.offset + gained
            assert data[start : start + len(edit.after)] == edit.after
            gained += len(edit.after) - len(edit.before)
        assert len(data) == len(DATA) + gained


@pytest.mark.parametrize("kind", KINDS)
def test_strict_mode_judges_whatever_a_mutation_makes(kind):
    for one in sample(kind)[:30]:
        verdict = load(applied(DATA, [one]), HERE)
        assert isinstance(verdict, Accepted | Refused)
        if isinstance(verdict, Refused):
            assert verdict.why


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutation_is_told_in_a_line(kind):
    for one in sample(kind):
        assert len(str(one)) < 200
        assert "\n" not in str(one)


def test_kinds_without_a_place_never_come():
    here = {"machine", "configuration", "header", "vmdesc"}
    nothing = {"value", "count", "run state", "block", "page", "ram word", "block resized"}
    for kind in nothing | {one for one in KINDS if one.startswith("subsection")}:
        assert of(kind, EMPTY).is_empty, kind
    for kind in here:
        assert applied(EMPTY.data, [find(of(kind, EMPTY), lambda _: True)]) != EMPTY.data


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="unknown kinds frob; known: value, count, "):
        mutations(ANATOMY, kinds=["frob"])


def test_nothing_foreign_comes_without_a_donor():
    assert mutations(ANATOMY, kinds=["foreign section"]).is_empty


def test_fields_take_values_at_their_limits():
    assert said("count", "0x7 -> 0x0", "0x7 -> 0xffff", "0x7 -> 0x7fff", "0x7 -> 0x8", "0x7 -> 0x6")
    assert said("value", "0x0 -> 0x1", "-> 0x8000", "-> 0xf")
    assert said("run state", "prelaunch -> running", "prelaunch -> no such state")


def test_a_run_state_comes_with_its_length():
    one = some("run state", lambda one: one.change.endswith("shutdown"))
    section = read_stream(applied(DATA, [one])).sections[-1]
    assert section.body == (9).to_bytes(4) + b"shutdown".ljust(100, b"\0")


def test_headers_take_other_numbers():
    assert said("section version", "timer: 2 -> 3", "timer: 2 -> 1", "timer: 2 -> 0")
    assert said("instance id", "0 -> 1", "0 -> 4294967295", "0 -> 64")
    assert said("subsection version", "chip/extra>: 2 -> 3", "chip/extra>: 2 -> 258")
    assert said("section kind", "4 -> 1", "4 -> 126")
    assert said("footer", "-> ", "dropped")
    assert said("name length", "5 -> 0", "5 -> 255")


def test_a_section_can_be_renumbered_with_its_footer():
    one = some("section id", lambda one: "ram" not in one.where and "its footer too" in one.change)
    assert isinstance(load(applied(DATA, [one]), HERE), Accepted)


def test_a_section_takes_anothers_name():
    assert said("section name", "-> 'dma'", "-> ''", "chip' -> 'chip'")
    assert said("subsection name", "'chip/extra' -> 'chip/none'", "-> 'chip/deep'")


def test_a_dropped_section_is_not_in_the_stream():
    one = some("section dropped", lambda one: one.where == "dma")
    assert load(applied(DATA, [one]), HERE) == Accepted()


def test_a_doubled_section_is_there_twice():
    one = some("section doubled", lambda one: one.where == "dma")
    assert load(applied(DATA, [one]), HERE) == Accepted()


def test_sections_can_be_moved_and_swapped():
    for kind in ("section moved", "sections swapped"):
        one = some(kind, lambda one: "dma" in one.where)
        data = applied(DATA, [one])
        assert sorted(data) == sorted(DATA)


def test_foreign_sections_come_beside_or_instead():
    assert said("foreign section", "put in at", "another stream's in its place")
    one = some("foreign section", lambda one: "place" in one.change and one.where == "dma")
    dma = applied(DATA, [one])[one.edits[0].offset :]
    assert dma[17:18] == b"\x14"


def test_subsections_are_dropped_doubled_and_moved():
    for kind, accepted in (("subsection dropped", True), ("subsection doubled", True)):
        one = some(kind, lambda one: one.where.endswith("<chip/extra>"))
        assert isinstance(load(applied(DATA, [one]), HERE), Accepted) is accepted
    one = some("subsection moved", lambda one: one.where.endswith("<chip/deep>"))
    assert sorted(applied(DATA, [one])) == sorted(DATA)


def test_the_configuration_changes():
    own = small.MACHINE
    assert said("machine", rf"'{own}' -> ''", rf"'{own}' -> '{own}x'", "11 -> ")
    assert said("configuration", "x-ignore-shared", "uuid", "page-bits v1 13", "configuration/none")
    assert said("header", "magic", "version: 3 -> 2")


def test_commands_are_put_in():
    assert said("command", "of 2: with 4 bytes", "of 7: .* behind it", "of 65535", "of 10: ")


def test_the_end_changes():
    assert said("vmdesc", "left out", "cut off", "bytes behind it")


def test_guest_memory_changes():
    assert said("block", "pc.ram: 16384 -> 0", "pc.ram: -> no such", "left out", "again")
    assert said("block resized", "acpi/tables: 0x2000 -> 0x201000")
    assert said("ram word", "RamWord at", "RamZeros at", "RamPages at")
    assert said("page", "zero page of", "encoded page of .* by method 1", "by method 0")


def test_a_resized_block_fits_the_sum_of_all():
    one = some("block resized", lambda one: one.where == small.TABLES and "-> 0x3000" in one.change)
    assert load(applied(DATA, [one]), HERE) == Accepted()


def test_plain_damage_is_done():
    assert said("cut", "ends here")
    assert said("flip", "bit 7")
    assert said("removal", "1 bytes")
    one = sample("insertion")[0]
    assert len(applied(DATA, [one])) == len(DATA) + 1


# Several at once --------------------------------------------------------------------------


def test_mutated_streams_shrink_towards_the_stream_itself():
    data, done = find(mutated_streams(DATA), lambda _: True)
    assert (data, done) == (DATA, ())


def test_a_single_mutation_is_left_where_one_is_enough():
    _, done = find(
        mutated_streams(ANATOMY, most=3, donors=[DONOR]),
        lambda drawn: isinstance(load(drawn[0], HERE), Refused),
        settings=settings(max_examples=500, database=None, phases=[Phase.generate, Phase.shrink]),
    )
    assert len(done) == 1


@settings(max_examples=40)
@given(mutated_streams(DATA, most=5, donors=[DONOR.data]))
def test_mutations_that_are_drawn_together_can_be_done_together(drawn):
    data, done = drawn
    assert data == applied(DATA, done)
    assert len(done) <= 5


def test_a_mutated_section_is_still_found_in_the_stream():
    one = some("value", lambda one: one.where == "dma/command")
    stream = read_stream(applied(DATA, [one]))
    dma = next(one for one in stream.sections if isinstance(one, Section) and one.idstr == "dma")
    assert dma.body != b"\4"
