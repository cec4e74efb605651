"""Remedies: what a machine that refuses to start may be given, by what QEMU said.

Rules about words, none about a board.  Pure: it proposes machines and starts none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from harness.qemu.argv import BLANK_IMAGE, Machine

#: Sizes of RAM that are tried where QEMU does not say which one it wants, MiB.
LADDER_MB = (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)

#: Sizes of flash memory that are tried, MiB.
FLASH_MB = (1, 2, 4, 8, 16, 32, 64, 128)

_UNITS = {"K": 1 / 1024, "M": 1.0, "G": 1024.0}
# As "1.5 GiB", "512MB", and "80ldMiB", where a format went wrong.
_SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?:l?d)?([KMG])i?B\b")
# Bytes without a unit, as in "multiple of 67108864"; smaller numbers may be anything.
_BYTES = re.compile(r"(?<![\w.])(\d{5,})(?![\w.])")


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing that a machine may be lacking.

    Attributes:
        name: what it is.
        about: finds, in what QEMU said, that this is what is lacking.
        variants: machines that have it, the modest ones first; is given what QEMU said.
    """

    name: str
    about: re.Pattern[str]
    variants: Callable[[Machine, str], Iterable[Machine]]


def sizes_mb(words: str) -> list[float]:
    """Return the sizes that occur in *words*, MiB, ascending."""
    found = {float(number) * _UNITS[unit] for number, unit in _SIZE.findall(words)}
    found |= {int(number) / (1 << 20) for number in _BYTES.findall(words)}
    return sorted(size for size in found if size >= _UNITS["K"])


def _with_memory(machine: Machine, words: str) -> Iterator[Machine]:
    # What it names is what it wants or a bound of that; else the least power of two that
    # does; else what it takes by itself.
    for size in dict.fromkeys((*sizes_mb(words), *LADDER_MB, 0)):
        if size != machine.memory_mb:
            yield replace(machine, memory_mb=size)


def _with_audio(machine: Machine, _words: str) -> Iterator[Machine]:
    # A backend is the default one before 8.2; there -audio makes one.
    # Source: QEMU 7.2 audio/audio.c, audio_init; QEMU 8.2 qemu-options.hx.
    for given in (("-audiodev", "none,id=audio"), ("-audio", "driver=none")):
        yield replace(machine, devices=(*machine.devices, *given))


def _with_flash(machine: Machine, _words: str) -> Iterator[Machine]:
    # It must have the size of the board's own.  Not writable, so that it needs no snapshot.
    for size in FLASH_MB:
        drive = f"if=pflash,readonly=on,driver=null-co,read-zeroes=on,size={size}M"
        yield replace(machine, devices=(*machine.devices, "-drive", drive))


def _with_firmware(machine: Machine, _words: str) -> Iterator[Machine]:
    for option in ("-bios", "-kernel"):
        yield replace(machine, devices=(*machine.devices, option, BLANK_IMAGE))


def _with_test_accelerator(machine: Machine, _words: str) -> Iterator[Machine]:
    # QEMU's own tests run boards without their firmware.  Source: QEMU 7.2 and 11.1
    # include/sysemu/qtest.h (system/ since 10.0), qtest_enabled().
    yield replace(machine, accelerator="qtest")


#: All of them, in the order in which they are tried.
REMEDIES = (
    Remedy("audio", re.compile(r"\baudio", re.IGNORECASE), _with_audio),
    Remedy(
        "memory",
        re.compile(r"\b(D?RAM|RMA|[Mm]emory|ram[-_ ]size)\b"),
        _with_memory,
    ),
    Remedy("flash", re.compile(r"\bp?flash\b|block backend provides"), _with_flash),
    Remedy(
        "firmware",
        re.compile(r"\b(kernel|bios|\w*rom|firmware|dtb|image)\b", re.IGNORECASE),
        _with_firmware,
    ),
    # Code that computes with the size of RAM may not have thought of a small one.
    Remedy("memory after a crash", re.compile(r"^killed by signal"), _with_memory),
    Remedy("accelerator", re.compile(r""), _with_test_accelerator),
)
