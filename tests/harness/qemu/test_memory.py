"""Kept memory: copied page by page, put back, and holes stay holes."""

import pytest

from harness.qemu.memory import KeptMemory

MB = 1 << 20


@pytest.fixture
def ram(tmp_path):
    path = tmp_path / "memory"
    with path.open("wb") as file:
        file.truncate(64 * MB)
    return path


def write(path, at, data):
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def read(path, at, size):
    with path.open("rb") as file:
        file.seek(at)
        return file.read(size)


def test_memory_comes_back_as_it_was(ram):
    with KeptMemory(ram) as memory:
        write(ram, 5000, b"before")
        memory.save("a")
        write(ram, 5000, b"behind")
        write(ram, 40 * MB + 17, b"dirt")
        memory.save("b")
        memory.load("a")
        assert read(ram, 5000, 6) == b"before"
        assert read(ram, 40 * MB, 4096) == bytes(4096)
        memory.load("b")
        assert read(ram, 5000, 6) == b"behind"
        assert read(ram, 40 * MB + 17, 4) == b"dirt"


def test_what_was_never_touched_takes_no_room(ram):
    with KeptMemory(ram) as memory:
        write(ram, 0, b"x")
        memory.save("a")
        memory.load("a")
        memory.close()
    assert ram.stat().st_blocks * 512 < MB


def test_a_file_full_of_data_is_kept_to_its_end(tmp_path):
    path = tmp_path / "memory"
    path.write_bytes(b"\1" * 8192)
    with KeptMemory(path) as memory:
        memory.save("a")
        write(path, 8191, b"\2")
        memory.load("a")
    assert path.read_bytes() == b"\1" * 8192


def test_nothing_comes_back_that_was_not_kept(ram):
    with KeptMemory(ram) as memory:
        write(ram, 0, b"stays")
        memory.load("a")
    assert read(ram, 0, 5) == b"stays"
