"""Learning: which registers of a large region there are, from its own answers.

A region of many kilobytes mostly holds nothing.  What reads as something after reset, or
keeps what is written to it, is a register; so are the first few bytes of every region,
which are not asked.  Knows guests; knows no device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.command import Command
from harness.errors import GuestError
from harness.guest import Guest
from harness.regions import Region

#: Bytes at the beginning of a region that count as registers anyway.
NEAR = 256
#: At most so much of a region is asked, and at most so many registers are kept of it.
_FAR, _MOST = 1 << 16, 192
#: Bytes that one command reads or writes.
_STEP = 1024
_WORD = 4

Spots = Mapping[Region, tuple[int, ...]]


def learn(guest: Guest, regions: Iterable[Region]) -> Spots:
    """Return the offsets of the registers in each of *regions* that are far from its start.

    The guest is started anew for it, and left used.

    Raises:
        GuestError: it did not start.
    """
    found: dict[Region, tuple[int, ...]] = {}
    for region in regions:
        if region.space == "memory" and region.size > NEAR:
            found[region] = _thinned(_spots(guest, region))
    return found


def _spots(guest: Guest, region: Region) -> list[int]:
    """Return the offsets, from the region's start, of what reads as something or sticks."""
    guest.restart()
    size = min(region.size, _FAR) // _WORD * _WORD
    try:
        before = _read(guest, region, size)
    except GuestError:
        return []
    try:
        guest.execute(_writes(region, size))
        after = _read(guest, region, size)
    except GuestError:
        # Something of it ends the guest: what it reads as must do.
        guest.restart()
        after = before
    return [
        offset
        for offset in range(NEAR, size, _WORD)
        if any(before[offset : offset + _WORD])
        or before[offset : offset + _WORD] != after[offset : offset + _WORD]
    ]


def _read(guest: Guest, region: Region, size: int) -> bytes:
    pieces = [
        Command("read", (region.start + at, min(_STEP, size - at))) for at in range(0, size, _STEP)
    ]
    answers = [observation.answer for observation in guest.execute(pieces)]
    return b"".join(answer for answer in answers if isinstance(answer, bytes))


def _writes(region: Region, size: int) -> list[Command]:
    # Not from the region's start: what is there turns devices off and resets them.
    return [
        Command("write", (region.start + at, length, "0x" + "5a" * length))
        for at in range(NEAR, size, _STEP)
        if (length := min(_STEP, size - at))
    ]


def _thinned(spots: list[int]) -> tuple[int, ...]:
    """Return at most so many of *spots*, spread evenly."""
    if len(spots) <= _MOST:
        return tuple(spots)
    return tuple(spots[number * len(spots) // _MOST] for number in range(_MOST))
