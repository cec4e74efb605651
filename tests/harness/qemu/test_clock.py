"""The clock: where a process keeps virtual time, found and put back."""

import mmap
import os
import struct
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.qemu import clock
from harness.qemu.clock import VirtualClock, without_host_time

BINARY = Path("/opt/qemu-system-none")


class Counter:
    """Answers as the accelerator does, with its counter among this process's own variables.

    Attributes:
        asked: every command.
        says: how a time is told that can't be set, by release.
    """

    def __init__(self, folder, says="FAIL {}", at=16):
        path = folder / "program"
        path.write_bytes(bytes(mmap.PAGESIZE))
        with path.open("r+b") as file:
            rights = mmap.PROT_READ | mmap.PROT_WRITE
            self.memory = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=rights)
        self.at, self.says, self.asked, self.mirrors = at, says, [], ()

    @property
    def now(self):
        return struct.unpack_from("=q", self.memory, self.at)[0]

    def ask(self, line):
        self.asked.append(line)
        verb, number = line.split()
        if verb == "clock_set":
            return self.says.format(self.now) if self.now else "OK 0"
        for at in (self.at, *self.mirrors):
            struct.pack_into("=q", self.memory, at, self.now + int(number) * (at == self.at))
        return f"OK {self.now}"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(clock, "_FOUND", {})


@pytest.fixture
def counter(tmp_path):
    made = Counter(tmp_path)
    yield made
    made.memory.close()


def clock_of(counter):
    return VirtualClock(BINARY, os.getpid(), counter.ask)


@pytest.mark.parametrize("says", ["FAIL {}", "OK {}"], ids=["11.1", "5.2"])
def test_it_is_found_and_left_as_it_was(tmp_path, says):
    counter = Counter(tmp_path, says)
    found = clock_of(counter)
    assert found.now_ns == counter.now == 0
    found.close()


def test_it_is_read_and_put_back(counter):
    found = clock_of(counter)
    counter.ask("clock_step 12345")
    found.save("a")
    counter.ask("clock_step 1000000")
    assert found.now_ns == 1_012_345
    found.load("a")
    assert counter.now == found.saved_ns("a") == 12345
    found.set(99)
    assert counter.now == 99
    found.close()


def test_of_what_was_never_saved_nothing_is_put_back(counter):
    found = clock_of(counter)
    counter.ask("clock_step 7")
    found.load("never")
    assert found.now_ns == 7
    found.close()


def test_a_copy_of_the_time_is_not_taken_for_it(counter):
    counter.mirrors = (8, 64)
    found = clock_of(counter)
    found.set(5)
    assert counter.now == 5
    found.close()


def test_where_it_is_known_it_is_not_stepped_again(counter):
    clock_of(counter).close()
    counter.asked.clear()
    counter.ask("clock_step 3")
    found = clock_of(counter)
    assert counter.asked == ["clock_step 3", "clock_set 0"]
    assert found.now_ns == 3
    found.close()


def test_where_it_no_longer_is_it_is_searched_again(counter):
    clock_of(counter).close()
    counter.at = 256
    found = clock_of(counter)
    found.set(4)
    assert counter.now == 4
    found.close()


def test_a_time_that_no_step_moves_is_refused():
    with pytest.raises(ConfigError) as info:
        VirtualClock(BINARY, os.getpid(), lambda line: "FAIL Unknown command")
    assert str(info.value) == (
        f"virtual time of {BINARY} can't be put back: clock_step does not move it\n"
        "  leave accel=qtest out, or let this process write the memory of those that it started"
        " (kernel.yama.ptrace_scope at most 1; in a container, the capability SYS_PTRACE)"
    )


def test_a_time_that_is_nowhere_is_refused():
    passed = [0]

    def ask(line):
        passed[0] += int(line.split()[1])
        return f"OK {passed[0]}"

    with pytest.raises(ConfigError, match="its clock was not found in its memory"):
        VirtualClock(BINARY, os.getpid(), ask)


def test_a_process_whose_memory_is_not_ours_is_refused(counter, monkeypatch):
    def refuse(path, flags):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(clock.os, "open", refuse)
    with pytest.raises(ConfigError, match="its memory can't be written: Permission denied"):
        clock_of(counter)


def test_it_is_closed_twice_without_harm(counter):
    found = clock_of(counter)
    found.close()
    found.close()
    assert found.now_ns is None


def test_what_has_ended_has_no_time_to_be_kept_or_put_back(counter):
    found = clock_of(counter)
    found.save("a")
    found.close()
    found.save("b")
    found.load("a")
    found.set(5)
    assert counter.now == 0
    with pytest.raises(KeyError):
        found.saved_ns("b")


def test_variables_that_begin_as_zeros_are_found_behind_their_program():
    maps = """\
1000-2000 r-xp 00000000 fe:00 1 /bin/q
2000-3000 rw-p 00001000 fe:00 1 /bin/q
3000-5000 rw-p 00000000 00:00 0
6000-7000 rw-p 00000000 00:00 0
7000-8000 rw-s 00000000 00:01 9 /dev/shm/memory
8000-9000 rw-p 00000000 00:00 0 [heap]
9000-a000 rw-p 00000000 00:00 0
"""
    found = [tuple(mapping) for mapping in clock._writable(maps)]
    assert found == [(0x2000, 0x3000, "/bin/q", 0x1000), (0x3000, 0x5000, "/bin/q", 0x1000)]


def test_the_hosts_time_is_taken_out_of_a_stream():
    frame = b"\x04\0\0\0\x02\x05timer" + bytes(4) + b"\0\0\0\x02"
    stream = b"QEVM" + frame + b"x" * 24 + b"\x7erest"
    assert without_host_time(stream) == b"QEVM" + frame + bytes(24) + b"\x7erest"
    assert without_host_time(b"QEVM no timer") == b"QEVM no timer"
