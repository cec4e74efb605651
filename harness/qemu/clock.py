"""The clock: virtual time under QEMU's qtest accelerator, read and put back.

Steps forward are the guest's commands (``clock_step``).  A snapshot does not hold this clock,
although it holds the clock of every other accelerator, and QEMU never sets it back; so after a
load it would stand where run A left it.  It is a counter in the process that we started: this
module finds it by what ``clock_step`` does to it, and writes it as loading a snapshot would.
It knows a process's memory and three commands; when time is put back, it does not know.

Source: QEMU 5.2 softmmu/qtest.c and 11.1 accel/qtest/qtest.c, qtest_get_virtual_clock();
QEMU 7.2 softmmu/cpu-timers.c, vmstate_timers; Linux man-pages, proc(5), maps and mem.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from harness.errors import ConfigError

#: Steps of a machine that is stopped, which run no timer, in nanoseconds: few other words of a
#: process go through the same values.
_STEPS_NS = (1009, 2003, 4001, 8009)

_WORD = struct.Struct("=q")

#: The section of QEMU's own clocks, which go with the host's while a machine runs: its frame,
#: and three numbers of 8 bytes.
_HOST_TIME = re.compile(rb"(\x04.{4}\x05timer\0{4}\0{3}\x02).{24}", re.DOTALL)

_REMEDY = (
    "leave accel=qtest out, or let this process write the memory of those that it started"
    " (kernel.yama.ptrace_scope at most 1; in a container, the capability SYS_PTRACE)"
)


class _Place(NamedTuple):
    """Where a counter is, wherever its file is mapped.

    Attributes:
        file: the program, or the module, that has it.
        offset: bytes from where that file is mapped first.
    """

    file: str
    offset: int


class _Mapping(NamedTuple):
    """A range of a process's addresses that it may write, with the file it goes with."""

    start: int
    end: int
    file: str
    base: int


#: Where the clock was found before, by binary: the search takes longer than a start.
_FOUND: dict[Path, _Place] = {}


class VirtualClock:
    """The clock of one process, which stands still until it is stepped.

    Args:
        binary: the program that was started.
        pid: its process.
        ask: sends a qtest command and returns the line of its answer.

    Raises:
        ConfigError: its memory can't be written, or has no such clock.
    """

    def __init__(self, binary: Path, pid: int, ask: Callable[[str], str]) -> None:
        self._ask = ask
        self._times: dict[str, int] = {}
        try:
            self._memory = os.open(f"/proc/{pid}/mem", os.O_RDWR)
        except OSError as error:
            raise _unusable(binary, f"its memory can't be written: {error.strerror}") from error
        try:
            self._address = self._find(binary, pid)
        except BaseException:
            self.close()
            raise

    @property
    def now_ns(self) -> int | None:
        """Virtual time, nanoseconds since power-on; None once the process has ended."""
        return self._read(self._address)

    def set(self, now_ns: int) -> None:
        """Set virtual time; no timer runs by that, whichever way it goes.

        A process that has ended is missed by whoever asks it for something next.
        """
        self._write(self._address, now_ns)

    def save(self, tag: str) -> None:
        """Remember the time under *tag*, if there still is any."""
        now_ns = self.now_ns
        if now_ns is not None:
            self._times[tag] = now_ns

    def saved_ns(self, tag: str) -> int:
        """Return the time that was remembered under *tag*.

        Raises:
            KeyError: none was.
        """
        return self._times[tag]

    def load(self, tag: str) -> None:
        """Set the time that was remembered under *tag*; nothing if none was."""
        if tag in self._times:
            self.set(self._times[tag])

    def close(self) -> None:
        """Let go of the process's memory; safe to call twice."""
        if self._memory >= 0:
            os.close(self._memory)
            self._memory = -1

    def _read(self, address: int) -> int | None:
        data = os.pread(self._memory, _WORD.size, address) if self._memory >= 0 else b""
        return int(_WORD.unpack(data)[0]) if data else None

    def _write(self, address: int, value: int) -> None:
        if self._memory >= 0:
            os.pwrite(self._memory, _WORD.pack(value), address)

    def _find(self, binary: Path, pid: int) -> int:
        mappings = list(_writable(Path(f"/proc/{pid}/maps").read_text()))
        known = _FOUND.get(binary)
        if known is not None:
            for base in {mapping.base for mapping in mappings if mapping.file == known.file}:
                if self._is_clock(base + known.offset):
                    return base + known.offset
        address = self._search(binary, mappings)
        mapping = next(each for each in mappings if each.start <= address < each.end)
        _FOUND[binary] = _Place(mapping.file, address - mapping.base)
        return address

    def _search(self, binary: Path, mappings: list[_Mapping]) -> int:
        """Step the clock and return the address of the only word that goes with it."""
        began_ns = now_ns = _time_in(self._ask("clock_set 0"))
        places: list[int] | None = None
        for step_ns in _STEPS_NS:
            now_ns += step_ns
            if _time_in(self._ask(f"clock_step {step_ns}")) != now_ns:
                raise _unusable(binary, "clock_step does not move it")
            if places is None:
                places = [at for each in mappings for at in self._words(each, now_ns)]
            else:
                places = [at for at in places if self._read(at) == now_ns]
        for address in places or ():
            if self._is_clock(address):
                self._write(address, began_ns)
                return address
        raise _unusable(binary, "its clock was not found in its memory")

    def _words(self, mapping: _Mapping, value: int) -> Iterator[int]:
        """Yield the address of each aligned word in *mapping* that is *value*."""
        data = os.pread(self._memory, mapping.end - mapping.start, mapping.start)
        wanted, at = _WORD.pack(value), -1
        while (at := data.find(wanted, at + 1)) >= 0:
            if at % _WORD.size == 0:
                yield mapping.start + at

    def _is_clock(self, address: int) -> bool:
        """Whether QEMU takes the word at *address* for the time; it is left as it was."""
        before = self._read(address)
        if before is None:
            return False
        tried = before + _STEPS_NS[0]
        self._write(address, tried)
        try:
            return _time_in(self._ask("clock_set 0")) == tried
        finally:
            self._write(address, before)


def without_host_time(stream: bytes) -> bytes:
    """Return *stream* with zeros for clocks that no device of the machine looks at.

    They move with each start and stop of a machine that runs, which a save is; its devices see
    the clock that is stepped.

    Source: QEMU 7.2 softmmu/cpu-timers.c, vmstate_timers, cpu_enable_ticks().
    """
    return _HOST_TIME.sub(lambda found: found[1] + bytes(24), stream, count=1)


def _unusable(binary: Path, why: str) -> ConfigError:
    return ConfigError(f"virtual time of {binary} can't be put back: {why}", _REMEDY)


def _time_in(answer: str) -> int:
    """Return the time that an answer carries; -1 where it carries none.

    Setting the clock to what has passed changes nothing; up to 8.2 that is ``OK``, later a
    ``FAIL`` that tells the time.
    """
    last = answer.split()[-1:]
    return int(last[0]) if last and last[0].isdecimal() else -1


def _writable(maps: str) -> Iterator[_Mapping]:
    """Yield the ranges that hold the variables of programs and modules.

    Those that begin as zeros are in no file, but follow what is.
    """
    bases: dict[str, int] = {}
    file, reached = "", 0
    for line in maps.splitlines():
        span, rights, _, _, _, *name = line.split(maxsplit=5)
        start, end = (int(word, 16) for word in span.split("-"))
        if name and name[0].startswith("/"):
            file = name[0]
            bases.setdefault(file, start)
        elif name or start != reached:
            file = ""
        reached = end
        if file and rights == "rw-p":
            yield _Mapping(start, end, file, bases[file])
