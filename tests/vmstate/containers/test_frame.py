"""One frame: its bytes, and finding it."""

import pytest

from vmstate.containers.frame import (
    MARK,
    MOST_HEADER,
    Label,
    checksum,
    find_frame,
    frame_bytes,
    read_header,
    read_payload,
)
from vmstate.containers.pieces import Pieces
from vmstate.errors import EncodeError

FRAME = frame_bytes(7, 258, Label("dma", 1), Label("ram"), b"payload")


def test_a_checksum_is_the_crc32c_of_the_books():
    # The check value of CRC-32/ISCSI in RFC 3720 and in Koopman's tables.
    assert checksum(b"123456789") == 0xE3069283.to_bytes(4)


def test_a_frame_has_its_bytes_where_the_document_says():
    head = (
        bytes.fromhex("f7 56 4d 46 07 00000102 00000007") + b"\x03dma\0\0\0\1" + b"\x03ram\0\0\0\0"
    )
    assert head + checksum(head) + b"payload" + checksum(b"payload") == FRAME
    assert head.startswith(MARK)


def test_a_header_says_what_the_frame_is():
    source = Pieces([FRAME])
    header = read_header(source)
    assert header == (7, 258, 7, Label("dma", 1), Label("ram", 0), len(FRAME) - 11)
    assert source.offset == 0
    assert read_payload(source, header) == b"payload"
    assert source.offset == len(FRAME)


@pytest.mark.parametrize("size", range(len(FRAME) - 11))
def test_a_header_that_is_not_all_there_is_none(size):
    assert read_header(Pieces([FRAME[:size]])) is None


def test_a_long_name_is_shortened_where_it_is_only_shown():
    frame = frame_bytes(7, 0, Label("é" * 200), Label("x" * 300), b"")
    header = read_header(Pieces([frame]))
    assert header.label.name == "é" * 127
    assert header.before.name == "x" * 255
    assert header.length <= MOST_HEADER


def test_a_number_that_no_frame_has_is_refused():
    with pytest.raises(EncodeError) as caught:
        frame_bytes(7, 1 << 32, Label("dma"), Label("ram"), b"")
    assert str(caught.value) == "dma: can't save (4294967296, 0): no frame has such numbers"


def test_a_frame_is_found_behind_anything_and_across_pieces():
    noise = b"noise" * 1000 + MARK + b"more" + MARK[:2]
    data = noise + FRAME
    for size in (1, 5, len(data)):
        source = Pieces(data[at : at + size] for at in range(0, len(data), size))
        assert find_frame(source) == len(noise)
        assert read_header(source) is not None


def test_where_there_is_no_more_frame_all_is_skipped():
    source = Pieces([b"noise" + FRAME[:-20]])
    assert find_frame(source) == len(FRAME) - 15
    assert find_frame(source) == 0
    assert len(source) == 0


def test_a_damaged_frame_is_passed_where_the_next_one_begins_behind_it():
    damaged = FRAME[:-1] + b"?"
    source = Pieces([damaged + FRAME])
    assert read_payload(source, read_header(source)) is None
    assert source.offset == len(damaged)


def test_a_frame_with_bytes_missing_is_passed_to_the_next_one_wherever_it_is():
    damaged = FRAME[:-3]
    source = Pieces([damaged + FRAME + FRAME])
    assert read_payload(source, read_header(source)) is None
    assert source.offset == len(damaged)
