"""Targets: files that are there when all is written, and pipes."""

from __future__ import annotations

import io
import os
import sys

import pytest

from harness.streams.target import open_target


def test_a_file_is_there_when_all_is_written(tmp_path):
    path = tmp_path / "out"
    with open_target(str(path)) as write:
        write(b"abc")
        assert not path.exists()
        write(memoryview(b"def"))
    assert path.read_bytes() == b"abcdef"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_stays_as_it_was_where_anything_goes_wrong(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"old")
    # What writes fails: this is no piece of bytes.
    with pytest.raises(TypeError), open_target(str(path)) as write:
        write("new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_keeps_its_mode_and_a_new_one_has_the_usual(tmp_path):
    path, new = tmp_path / "out", tmp_path / "new"
    path.touch()
    path.chmod(0o640)
    before = os.umask(0o027)
    try:
        for target in (path, new):
            with open_target(str(target)) as write:
                write(b"x")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640
    assert new.stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_to_as_it_is(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR)
    try:
        with open_target(str(path)) as write:
            write(b"abc")
        assert os.read(descriptor, 9) == b"abc"
        assert path.is_fifo()
    finally:
        os.close(descriptor)


def test_a_dash_is_standard_output(monkeypatch):
    class Standard:
        buffer = io.BytesIO()

    monkeypatch.setattr(sys, "stdout", Standard)
    with open_target("-") as write:
        write(b"abc")
    assert Standard.buffer.getvalue() == b"abc"


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), open_target(str(tmp_path / "none" / "out")):
        pass
