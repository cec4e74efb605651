"""Sources: files and pipes, read piece by piece."""

from __future__ import annotations

import io
import os
import sys

import pytest

from harness.streams import source as module
from harness.streams.source import MappedSource, PipeSource, open_source
from tests.support.qcow2_images import Image, Shot
from tests.support.small_streams import PAGE, events, stream
from vmstate.qcow2 import ImageError
from vmstate.stream import VmdescText


@pytest.fixture
def small_windows(monkeypatch):
    """Let everything be looked at in pieces of a page."""
    for name in ("_WINDOW", "_PIECE", "_TAIL", "_AROUND"):
        monkeypatch.setattr(module, name, PAGE)


def text_of(data_events):
    return next(event.text for event in data_events if isinstance(event, VmdescText))


def test_a_file_is_read_in_pieces_and_stays_valid(tmp_path, small_windows):
    path = tmp_path / "stream"
    data = os.urandom(3 * PAGE + 5)
    path.write_bytes(data)
    with open_source(str(path)) as source:
        assert (source.name, source.size) == (str(path), len(data))
        pieces = list(source.pieces())
    assert [len(piece) for piece in pieces] == [PAGE, PAGE, PAGE, 5]
    assert b"".join(pieces) == data


def test_the_vmdesc_at_the_end_of_a_file_is_found_first(tmp_path):
    path = tmp_path / "stream"
    path.write_bytes(stream())
    with open_source(str(path)) as source:
        assert source.vmdesc_text() == text_of(events())


def test_a_vmdesc_is_looked_for_further_up_where_much_is_behind_it(monkeypatch):
    monkeypatch.setattr(module, "_TAIL", 100)
    assert MappedSource(stream() + bytes(5000), "x").vmdesc_text() == text_of(events())
    assert MappedSource(stream(described=False), "x").vmdesc_text() is None
    monkeypatch.setattr(module, "_LONGEST_TAIL", 200)
    assert MappedSource(stream() + bytes(5000), "x").vmdesc_text() is None


def test_an_empty_file_has_no_pieces(tmp_path):
    path = tmp_path / "stream"
    path.touch()
    with open_source(str(path)) as source:
        assert source.size == 0
        assert list(source.pieces()) == []
        assert source.vmdesc_text() is None


def test_a_pipe_is_read_as_it_comes_and_its_end_is_not_known():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file, os.fdopen(writing, "wb", buffering=0) as feed:
        source = PipeSource(file, "pipe")
        pieces = source.pieces()
        feed.write(b"first")
        # Nothing more is waited for.
        assert next(pieces) == b"first"
        feed.write(b"second")
        feed.close()
        assert b"".join(pieces) == b"second"
        assert source.size is None
        assert source.vmdesc_text() is None


def test_a_named_pipe_is_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    # Opened for both, it waits for nobody.
    descriptor = os.open(path, os.O_RDWR)
    try:
        with open_source(str(path)) as source:
            assert isinstance(source, PipeSource)
            os.write(descriptor, b"abc")
            assert next(source.pieces()) == b"abc"
    finally:
        os.close(descriptor)


def test_a_dash_is_standard_input(monkeypatch):
    class Standard:
        buffer = io.BytesIO(b"abc")

    monkeypatch.setattr(sys, "stdin", Standard)
    with open_source("-") as source:
        assert source.name == "standard input"
        assert list(source.pieces()) == [b"abc"]


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), open_source(str(tmp_path / "none")):
        pass


def image_of(first, **others):
    shots = (Shot(first), *(Shot(state, name, "2") for name, state in others.items()))
    return Image(shots).data()


def test_an_image_stands_for_the_state_in_its_snapshot(tmp_path):
    path = tmp_path / "image"
    path.write_bytes(image_of(stream()))
    with open_source(str(path)) as source:
        data = b"".join(source.pieces())
        assert data[: len(stream())] == stream()
        assert source.size == len(data)
        assert source.vmdesc_text() == text_of(events())


def test_one_of_several_snapshots_is_chosen_by_name(tmp_path):
    path = tmp_path / "image"
    path.write_bytes(image_of(b"first", second=b"other"))
    with open_source(f"{path}#second") as source:
        assert b"".join(source.pieces()) == b"other"
        assert source.vmdesc_text() is None
    with pytest.raises(ImageError, match="2 snapshots with VM state"), open_source(str(path)):
        pass


def test_a_name_with_a_hash_is_a_file_where_there_is_one(tmp_path):
    path = tmp_path / "a#b"
    path.write_bytes(b"abc")
    with open_source(str(path)) as source:
        assert b"".join(source.pieces()) == b"abc"
    with pytest.raises(FileNotFoundError), open_source(f"{tmp_path}/none#b"):
        pass
