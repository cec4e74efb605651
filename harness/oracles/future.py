"""The same-future oracle: run A and run B answer alike and raise the same interrupts.

Only this one sees state that no field carries.

Lines need care.  What is known of a line's level is what the guest last drove it to; a
reset may drive lines that loading does not drive back, because the receiver remembers.
So a line is compared only from the moment at which both runs hold it at the same level.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.command import Command
from harness.cycle import CycleRecord, Future
from harness.difference import Difference, LinePlace, Place, RegisterPlace
from harness.masks import Masks
from harness.observation import Observation
from harness.oracles.verdict import Verdict
from harness.regions import Owner, RegionMap, Register

_NOBODY = Owner("unowned")


def judge_future(record: CycleRecord, regions: RegionMap, masks: Masks) -> Verdict:
    """Say whether the reload can be told from outside."""
    if record.seen is None or record.seen == record.expected:
        return Verdict()
    known: set[str] = set()
    lines = _Lines(record.expected, record.seen)
    for step, (meant, expected, seen) in enumerate(_pairs(record, record.seen, regions)):
        places, cases = _answer_places(meant, expected, seen, regions, masks)
        known |= cases
        if places:
            command = record.suffix[step]
            difference = Difference(
                oracle="future",
                cycle=record.number,
                step=step,
                command=str(command),
                places=places,
                expected=_show(command, expected),
                seen=_show(command, seen),
                kind="state lost",
            )
            return Verdict(difference, frozenset(known))
        for line, level, other in lines.step(expected, seen):
            cases = masks.cases_of_line(line)
            known |= cases
            if not cases:
                difference = Difference(
                    oracle="future",
                    cycle=record.number,
                    step=step,
                    command=str(record.suffix[step]),
                    places=(LinePlace(line),),
                    expected=f"{line} {'high' if level else 'low'}",
                    seen=f"{line} {'high' if other else 'low'}",
                    kind="interrupt lost",
                )
                return Verdict(difference, frozenset(known))
    return Verdict(known=frozenset(known))


def places_apart(record: CycleRecord, regions: RegionMap) -> tuple[Place, ...]:
    """Return every register that answered differently after the reload, known or not."""
    if record.seen is None:
        return ()
    return tuple(
        place
        for command, expected, seen in _pairs(record, record.seen, regions)
        if command.space is not None
        for place in _answer_places(command, expected, seen, regions, Masks())[0]
    )


def _pairs(
    record: CycleRecord, seen: Future, regions: RegionMap
) -> Iterator[tuple[Command, Observation, Observation]]:
    """Yield what each command meant, and what both runs answered."""
    meant = regions.raised(record.suffix)
    return zip(meant, record.expected.observations, seen.observations, strict=True)


def _answer_places(
    command: Command,
    expected: Observation,
    seen: Observation,
    regions: RegionMap,
    masks: Masks,
) -> tuple[tuple[Place, ...], set[str]]:
    """Return the register bits that differ and are not known, and the cases that are."""
    if expected.answer == seen.answer:
        return (), set()
    places: list[Place] = []
    known: set[str] = set()
    if command.space is None:
        return (RegisterPlace(Register(_NOBODY, command.verb, 0), 0),), known
    mine, theirs = (_bytes(command, one.answer, regions) for one in (expected, seen))
    for index in range(command.size):
        bits = mine[index] ^ theirs[index]
        if not bits:
            continue
        address = command.address + index
        register = regions.register_at(command.space, address)
        if register is None:
            register = Register(_NOBODY, command.space, address)
        known |= masks.cases_of_register(register, bits)
        bits &= ~masks.register_bits(register)
        if bits:
            places.append(RegisterPlace(register, bits))
    return tuple(places), known


def _bytes(command: Command, answer: int | bytes | None, regions: RegionMap) -> bytes:
    if isinstance(answer, bytes):
        return answer
    return regions.bytes_of(command, answer or 0)


def _show(command: Command, observation: Observation) -> str:
    answer = observation.answer
    if isinstance(answer, bytes):
        return f"0x{answer.hex()}"
    return f"{answer or 0:#0{2 + 2 * command.size}x}"


class _Lines:
    """Follows the watched lines through both runs."""

    def __init__(self, expected: Future, seen: Future) -> None:
        self._mine = dict(expected.levels)
        self._theirs = dict(seen.levels)
        lines = {*self._mine, *self._theirs}
        self._apart = {
            line for line in lines if self._of(self._mine, line) != self._of(self._theirs, line)
        }

    @staticmethod
    def _of(levels: dict[str, int], line: str) -> int:
        return levels.get(line, 0)

    def step(self, expected: Observation, seen: Observation) -> list[tuple[str, int, int]]:
        """Take one step of both runs; return the lines that came apart, with both levels."""
        touched: dict[str, None] = {}
        for moves, levels in ((expected.moves, self._mine), (seen.moves, self._theirs)):
            for move in moves:
                levels[move.line] = move.level
                touched[move.line] = None
        came_apart = []
        for line in touched:
            mine, theirs = self._of(self._mine, line), self._of(self._theirs, line)
            if mine == theirs:
                self._apart.discard(line)
            elif line not in self._apart:
                came_apart.append((line, mine, theirs))
                self._apart.add(line)
        return came_apart
