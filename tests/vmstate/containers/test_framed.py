"""The framed container: every damage is noticed, and whose it is is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.stream_events import SHORT
from vmstate.containers.frame import MARK, Label, checksum, frame_bytes
from vmstate.containers.framed import MAGIC, VERSION, Damage, detect, dump, load, salvage
from vmstate.errors import StreamError
from vmstate.stream import Eof, RamPages, Section, Tail, write_events

PREAMBLE, *FRAMES = list(dump(SHORT))
WHOLE = b"".join([PREAMBLE, *FRAMES])
#: Whose each frame is, the last one's too.
NAMES = [
    *("header", "configuration", "command", *["ram"] * 10),
    *("chip", "chip (instance 1)", "blob", "eof", "vmdesc", "end of the stream"),
]
CHIP = NAMES.index("chip")


def file(frames):
    return b"".join([PREAMBLE, *frames])


def refused(data):
    """Return what the strict reader says of a file."""
    with pytest.raises(StreamError) as caught:
        list(load([data]))
    return caught.value


def salvaged(data):
    damages = []
    return list(salvage([data], damages)), damages


def flipped(data, bit):
    damaged = bytearray(data)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def plain(events):
    return b"".join(b"".join(write_events([event])) for event in events)


def without(*numbers):
    return plain(event for number, event in enumerate(SHORT) if number not in numbers)


def test_a_whole_file_has_no_damage():
    events, damages = salvaged(WHOLE)
    assert damages == []
    assert plain(events) == plain(SHORT)
    assert len(FRAMES) == len(NAMES) == len(SHORT) + 1


def test_a_flipped_bit_is_noticed_and_its_section_named():
    # Each frame with those before it: a strict reader never sees what is behind.
    place = 0
    for name, piece in zip(["preamble", *NAMES], [PREAMBLE, *FRAMES], strict=True):
        is_whole = name in {"preamble", "chip (instance 1)", "end of the stream"}
        for bit in range(8 * place, 8 * (place + len(piece)), 1 if is_whole else 29):
            error = refused(flipped(WHOLE, bit))
            assert error.path == name, bit
        place += len(piece)


@given(bit=st.integers(0, 8 * len(WHOLE) - 1))
def test_all_events_but_the_damaged_one_are_salvaged(bit):
    events, damages = salvaged(flipped(WHOLE, bit))
    place = len(PREAMBLE)
    hit = None
    for number, frame in enumerate(FRAMES):
        if place <= bit // 8 < place + len(frame):
            hit = number
        place += len(frame)
    assert plain(events) == without(hit)
    assert {str(Label(damage.name, damage.instance_id)) for damage in damages} == {
        "preamble" if hit is None else NAMES[hit]
    }


@pytest.mark.parametrize("number", range(len(FRAMES)))
def test_a_frame_that_is_missing_is_named_by_the_one_behind_it(number):
    data = file(FRAMES[:number] + FRAMES[number + 1 :])
    error = refused(data)
    if number == len(FRAMES) - 1:
        assert error.path == "vmdesc"
        assert error.why == "the file ends behind it, expected more or a last frame"
        return
    assert error.path == NAMES[number]
    before = "preamble" if not number else NAMES[number - 1]
    assert error.why == (
        f"lost or elsewhere: 1 frame up to it, behind {before} and before {NAMES[number + 1]}"
    )
    events, damages = salvaged(data)
    assert plain(events) == without(number)
    assert len(damages) == 1


def test_of_several_missing_frames_the_neighbours_are_named():
    error = refused(file(FRAMES[:CHIP] + FRAMES[CHIP + 3 :]))
    assert error.path == "blob"
    assert error.why == "lost or elsewhere: 3 frames up to it, behind ram and before eof"


@pytest.mark.parametrize("number", range(len(FRAMES) - 1))
def test_a_frame_that_is_there_twice_is_named(number):
    data = file([*FRAMES[: number + 1], *FRAMES[number:]])
    error = refused(data)
    assert error.path == NAMES[number]
    assert error.why == f"it is here twice: frame {number}"
    events, damages = salvaged(data)
    assert plain(events) == plain(SHORT)
    assert len(damages) == 1


def test_a_last_frame_that_is_there_twice_is_bytes_behind_the_end():
    error = refused(WHOLE + FRAMES[-1])
    assert (error.path, error.why) == ("end of the stream", "bytes behind it, expected none")


@given(numbers=st.sets(st.integers(0, len(FRAMES) - 1), min_size=2, max_size=2))
def test_frames_that_have_changed_places_are_noticed(numbers):
    first, second = sorted(numbers)
    frames = list(FRAMES)
    frames[first], frames[second] = frames[second], frames[first]
    # The strict reader stops in front of what should not be there yet.
    error = refused(file(frames))
    assert error.path == NAMES[second - 1]
    assert error.why.startswith("lost or elsewhere") == (second > 0)
    events, damages = salvaged(file(frames))
    if second == len(FRAMES) - 1:
        # With the last frame a file ends.
        assert {damage.why for damage in damages} >= {"bytes behind it, expected none"}
        return
    # Nothing is lost of it: each came, if out of place.
    assert sorted(map(repr, events)) == sorted(map(repr, load([WHOLE])))
    late = {damage.name for damage in damages if damage.why.startswith("out of place")}
    assert NAMES[first].startswith(tuple(late))


@pytest.mark.parametrize("number", range(len(FRAMES)))
def test_a_frame_that_is_cut_short_is_named_and_what_is_behind_it_read(number):
    for lost in (slice(-1, None), slice(3, 7), slice(20, 21), slice(1, -1)):
        frame = bytearray(FRAMES[number])
        del frame[lost]
        frames = [*FRAMES[:number], bytes(frame), *FRAMES[number + 1 :]]
        error = refused(file(frames))
        assert error.path == NAMES[number]
        events, damages = salvaged(file(frames))
        assert plain(events) == without(number)
        assert damages


@given(size=st.integers(0, len(WHOLE) - 1))
def test_a_file_that_is_cut_off_ends_behind_a_section_that_is_named(size):
    events, damages = salvaged(WHOLE[:size])
    assert damages
    count = 0
    place = len(PREAMBLE)
    while place + len(FRAMES[count]) <= size:
        place += len(FRAMES[count])
        count += 1
    assert plain(events) == plain(SHORT[:count])


def test_bytes_between_frames_are_told_and_passed_over():
    data = file([*FRAMES[:CHIP], b"no frame" + MARK, *FRAMES[CHIP:]])
    events, damages = salvaged(data)
    assert plain(events) == plain(SHORT)
    assert [(damage.name, damage.why) for damage in damages] == [
        ("ram", "its frame's header is damaged or cut off: 12 bytes skipped")
    ]


def test_a_frame_in_the_memory_of_a_guest_is_no_frame():
    page = WHOLE.ljust(4096, b"\0")[:4096]
    assert MARK in page
    events = [RamPages("pc.ram", True, 0, 4096, 1, page, 4096), Eof()]
    assert list(load([b"".join(dump(events))])) == events
    # Not even where the frame around it is damaged, if the next one begins where it should.
    preamble, first, *others = dump(events)
    data = b"".join([preamble, flipped(first, 8 * 200), *others])
    assert salvaged(data)[0] == [Eof()]


def test_several_damaged_frames_are_told_one_by_one():
    frames = list(FRAMES)
    for number in (CHIP, CHIP + 2):
        frames[number] = flipped(frames[number], 8 * (len(frames[number]) - 6))
    events, damages = salvaged(file(frames))
    assert plain(events) == without(CHIP, CHIP + 2)
    offset = len(file(FRAMES[:CHIP]))
    assert damages[0] == Damage("chip", 0, offset, "its frame is damaged or cut off")
    assert [damage.name for damage in damages] == ["chip", "blob"]


def test_damaged_headers_in_a_row_are_told_together():
    frames = list(FRAMES)
    for number in (CHIP, CHIP + 1):
        frames[number] = flipped(frames[number], 8 * 6)
    _, damages = salvaged(file(frames))
    size = len(frames[CHIP]) + len(frames[CHIP + 1])
    assert [str(Label(damage.name, damage.instance_id)) for damage in damages] == [
        "chip (instance 1)"
    ]
    assert damages[0].why == (
        f"its frame's header is damaged or cut off: {size} bytes skipped, "
        "in which were 2 frames behind ram"
    )


def test_another_file_is_no_framed_one():
    error = refused(b"QEVM\0\0\0\3 and more")
    assert error.path == "preamble"
    assert error.why == f"starts with b'QEVM\\x00\\x00\\x00\\x03', expected {MAGIC!r}"
    assert not detect(b"QEVM\0\0\0\3")
    assert detect(WHOLE[:8])


def test_another_version_of_the_format_is_refused():
    preamble = MAGIC + (VERSION + 1).to_bytes(4)
    error = refused(preamble + checksum(preamble) + b"".join(FRAMES))
    assert error.why == "version 2 of the format, expected 1"


def test_a_file_whose_preamble_is_damaged_can_still_be_salvaged():
    events, damages = salvaged(flipped(WHOLE, 3))
    assert plain(events) == plain(SHORT)
    assert [damage.name for damage in damages] == ["preamble"]


def test_a_record_that_is_none_in_a_frame_that_is_whole_is_told():
    odd = frame_bytes(0x7D, 0, Label("odd"), Label("preamble"), b"")
    end = frame_bytes(0xFF, 1, Label("end of the stream"), Label("odd"), b"")
    assert refused(file([odd, end])).why == (
        "its record is none: stream: a record of unknown tag 0x7d"
    )
    part = frame_bytes(0x30, 0, Label("odd"), Label("preamble"), b"")
    assert "'boolean' is no event, expected one of header" in refused(file([part, end])).why


def test_sections_of_one_name_are_told_apart_by_their_instances():
    events = [Section(number, "dma", number, 1, bytes([number])) for number in range(3)]
    _, *frames = dump(events)
    assert refused(file([frames[0], flipped(frames[1], 8 * 60), *frames[2:]])).path == (
        "dma (instance 1)"
    )


def test_what_is_behind_the_end_of_a_section_in_parts_is_its_own():
    preamble, *frames = dump([*SHORT[7:8], Tail(b"t")])
    assert refused(b"".join([preamble, frames[0], flipped(frames[1], 1), frames[2]])).path == "tail"
