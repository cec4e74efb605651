"""Differences: what an oracle saw that should not be, before anyone knows why.

A difference names the place where it showed (a register, an interrupt line, a field), the
two values, and a *pin*: what must stay the same while the trace is shrunk.  Values only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from harness.regions import Owner, Register

OracleName = Literal["load", "idempotence", "future", "hostile"]
#: What changes in the words of an end while a trace is shrunk.
_PASSING = re.compile(r"0x[0-9a-f]+|\d+ commands")
_BYTES = re.compile(r"0x(?:[0-9a-f]{2})*")
#: Values of up to so many bytes are shown whole; of longer ones, so many from where they differ.
_LEGIBLE_BYTES = 32


@dataclass(frozen=True, slots=True)
class RegisterPlace:
    """Bits of one byte register."""

    register: Register
    bits: int


@dataclass(frozen=True, slots=True)
class RegionPlace:
    """Every register of a region of a type of device: a memory that is lost whole."""

    owner: str
    region: str


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """Bits of one field of one section, in wire order."""

    section: str
    instance_id: int
    path: str
    bits: int


@dataclass(frozen=True, slots=True)
class LinePlace:
    """An interrupt line."""

    line: str


@dataclass(frozen=True, slots=True)
class SpoiltPlace:
    """A field that was not loaded as it had been saved."""

    section: str
    instance_id: int
    path: str


Place = RegisterPlace | RegionPlace | FieldPlace | LinePlace | SpoiltPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that an oracle saw.

    Attributes:
        oracle: which oracle.
        cycle: which cycle of the trace, from 1.
        step: index of the command in the cycle's suffix that showed it; None if none did.
        command: that command as text; empty if none.
        places: where it showed, at least one unless saving or loading failed.
        expected: the value in run A or at the checkpoint.
        seen: the value after the reload.
        kind: ``state lost``, ``interrupt lost``, ``changed by loading``, ``does not load``,
            ``crash`` or ``hang``.
    """

    oracle: OracleName
    cycle: int
    step: int | None
    command: str
    places: tuple[Place, ...]
    expected: str
    seen: str
    kind: str

    @property
    def pin(self) -> tuple[str, ...]:
        """What must stay the same while a trace is shrunk, so that it stays on one bug."""
        if not self.places:
            return (self.oracle, self.kind)
        match self.places[0]:
            case RegisterPlace(register=register):
                return (self.oracle, register.owner.type, register.region)
            case RegionPlace(owner=owner, region=region):
                return (self.oracle, owner, region)
            case LinePlace(line=line):
                return (self.oracle, "line", line)
            case FieldPlace(section=section, path=path):
                return (self.oracle, "field", section, path)
            case SpoiltPlace():
                return (self.oracle, self.kind, _PASSING.sub("", self.seen))

    @property
    def owner(self) -> Owner | None:
        """Whose register showed it; None where none did."""
        if self.places and isinstance(self.places[0], RegisterPlace):
            return self.places[0].register.owner
        return None

    def shows(self, region: str, offset: int, bits: int) -> bool:
        """Say whether it showed in any of *bits* of the register at *offset* of *region*."""
        return any(
            isinstance(place, RegisterPlace)
            and (place.register.region, place.register.offset) == (region, offset)
            and place.bits & bits
            for place in self.places
        )


def legible(expected: str, seen: str) -> tuple[str, str]:
    """Return two values as a person reads them: long ones from where they differ on.

    A section that its description sends as a whole is one field of thousands of bytes.
    """
    widest = len("0x") + 2 * _LEGIBLE_BYTES
    pair = expected, seen
    if max(map(len, pair)) <= widest or not all(map(_BYTES.fullmatch, pair)):
        return pair
    first, second = (bytes.fromhex(one.removeprefix("0x")) for one in pair)
    until = min(len(first), len(second))
    at = next((i for i in range(until) if first[i] != second[i]), until)

    def from_there(data: bytes) -> str:
        end = at + _LEGIBLE_BYTES
        shown = data[at:end].hex() + ("…" if len(data) > end else "")
        return f"{'0x' if not at else '…'}{shown} ({len(data)} bytes, from {at:#x} on)"

    return from_there(first), from_there(second)
