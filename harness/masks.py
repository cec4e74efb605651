"""Masks: what is known already, taken out of the observation so that the hunt goes on.

A mask is a place: bits of a register by owner type, region and offset (all instances of a
type share their bugs, and so do all types that share a description), a field by section and
path, or an interrupt line.  Masks say which case they come from, so that known cases can be
counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from harness.difference import (
    FieldPlace,
    LinePlace,
    Place,
    RegionPlace,
    RegisterPlace,
    SpoiltPlace,
)
from harness.fields import general_section
from harness.regions import ARENA, Register
from vmstate.paths import general_path

_K = TypeVar("_K")
#: Stands for whatever line it is.
EVERY_LINE = "*"
#: Goes before the name of a section where others have a type.
_SENT_AS = "section "


@dataclass
class Masks:
    """Every place that is known, and by which case."""

    _registers: dict[tuple[str, str, int], dict[str, int]] = field(default_factory=dict)
    _fields: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _lines: dict[str, set[str]] = field(default_factory=dict)
    _failures: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _names: dict[tuple[str, ...], str] = field(default_factory=dict)
    _owners: dict[str, set[str]] = field(default_factory=dict)
    _regions: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _spoilt: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(
        self,
        case_id: str,
        places: Iterable[Place],
        failure: str = "",
        *,
        message: str = "",
        owner: str = "",
    ) -> bool:
        """Mask *places* in the name of *case_id*.

        Args:
            case_id: what they are known as.
            places: registers, fields and lines.
            failure: kind of a failure to save or load that is masked, too.
            message: regular expression that is found in what such a failure says; empty for
                whatever it says.
            owner: type of device of which every register is masked, too.

        Returns:
            Whether anything is masked now that was not before.
        """
        before = self._snapshot()
        for place in places:
            match place:
                case RegisterPlace(register=register, bits=bits):
                    for key in _keys(register):
                        cases = self._registers.setdefault(key, {})
                        cases[case_id] = cases.get(case_id, 0) | _bits(register, bits)
                case RegionPlace(owner=its, region=region):
                    self._regions.setdefault((its, region), set()).add(case_id)
                case FieldPlace(section=section, path=path):
                    field_key = general_section(section), general_path(path)
                    self._fields.setdefault(field_key, set()).add(case_id)
                case SpoiltPlace(section=section, path=path):
                    field_key = general_section(section), general_path(path)
                    self._spoilt.setdefault(field_key, set()).add(case_id)
                case LinePlace(line=line):
                    self._lines.setdefault(line, set()).add(case_id)
        if failure:
            self._failures.setdefault((failure, message), set()).add(case_id)
        if owner:
            self._owners.setdefault(owner, set()).add(case_id)
        return self._snapshot() != before

    def _snapshot(self) -> tuple[object, ...]:
        bits = {key: self._bits(key) for key in self._registers}
        others = (self._fields, self._lines, self._failures, self._owners, self._regions)
        return bits, *(frozenset[object](one) for one in (*others, self._spoilt))

    def name(self, case_id: str, signature: tuple[str, ...]) -> None:
        """Let findings of *signature* be known as *case_id*."""
        self._names.setdefault(signature, case_id)

    def case_with(self, signature: tuple[str, ...]) -> str:
        """Return the case that findings of *signature* are; empty if there is none."""
        return self._names.get(signature, "")

    def copy(self) -> Masks:
        """Return masks that can be added to without changing these."""
        return Masks(
            {key: dict(cases) for key, cases in self._registers.items()},
            _copied(self._fields),
            _copied(self._lines),
            _copied(self._failures),
            dict(self._names),
            _copied(self._owners),
            _copied(self._regions),
            _copied(self._spoilt),
        )

    def register_bits(self, register: Register) -> int:
        """Return the bits of *register* that are known to differ."""
        if self._wholly(register):
            return 0xFF
        bits = 0
        for key in _keys(register):
            bits |= self._bits(key)
        return bits

    def _bits(self, key: tuple[str, str, int]) -> int:
        bits = 0
        for known in self._registers.get(key, {}).values():
            bits |= known
        return bits

    def cases_of_register(self, register: Register, bits: int) -> set[str]:
        """Return the cases that know any of *bits* of *register*."""
        cases = {
            case_id
            for key in _keys(register)
            for case_id, mask in self._registers.get(key, {}).items()
            if mask & bits
        }
        return cases | self._wholly(register)

    def _wholly(self, register: Register) -> set[str]:
        """Return the cases that know all of the register's device or region."""
        owner = register.owner.type
        regions = self._regions.get((owner, register.region), set())
        return self._owners.get(owner, set()) | regions

    def registers_of(self, owner_type: str) -> list[tuple[str, str, int, int]]:
        """Return case, region, offset and bits of every known register of a type of device."""
        return [
            (case_id, region, offset, bits)
            for (type_, region, offset), cases in self._registers.items()
            if type_ == owner_type
            for case_id, bits in cases.items()
        ]

    def cases_of_field(self, section: str, path: str) -> set[str]:
        """Return the cases that know the field."""
        return self._fields.get((general_section(section), general_path(path)), set())

    def cases_of_spoilt(self, section: str, path: str) -> set[str]:
        """Return the cases that know what comes of spoiling the field."""
        return self._spoilt.get((general_section(section), general_path(path)), set())

    def knows_fields_of(self, section: str) -> bool:
        """Say whether any field of the section is known."""
        return any(known == general_section(section) for known, _ in self._fields)

    def cases_of_line(self, line: str) -> set[str]:
        """Return the cases that know the line."""
        return self._lines.get(line, set()) | self._lines.get(EVERY_LINE, set())

    def cases_of_failure(self, kind: str, said: str = "") -> set[str]:
        """Return the cases that know a failure of that kind which says *said*."""
        return {
            case_id
            for (known, message), cases in self._failures.items()
            if known == kind and re.search(message, said)
            for case_id in cases
        }


def _keys(register: Register) -> tuple[tuple[str, str, int], ...]:
    """Return under what the register is known: its type, and the description it is sent by."""
    offset = 0 if register.region == ARENA else register.offset
    own = (register.owner.type, register.region, offset)
    if not register.owner.section or register.region == ARENA:
        # Memory shows whatever a device does; what one type does, another need not.
        return (own,)
    return own, (f"{_SENT_AS}{general_section(register.owner.section)}", *own[1:])


def _bits(register: Register, bits: int) -> int:
    return 0xFF if register.region == ARENA else bits


def _copied(table: Mapping[_K, set[str]]) -> dict[_K, set[str]]:
    return {key: set(cases) for key, cases in table.items()}
