"""Targets: the places of a run of plain numbers, as the targets of its one unpack.

Struct's values go from the stack to their places, with no variable between and no look at
what was there.  That is so where it can't make a difference: where every object on the way
has slots for all that is read and set, so that none can be missing, and lists are plain.
Of each object the type is asked, once; what is not known to be so takes the other way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vmstate.compiler.source import Source, is_plain
from vmstate.compiler.values import Types
from vmstate.paths import Step, parse_path


@dataclass(slots=True)
class _Holder:
    """An object that is on the way to a number.

    Attributes:
        local: the variable that has it.
        expression: what it is found by; empty for the state itself.
        inner: the objects that are read from it, by the step.
        targets: the names that are set.
    """

    local: str
    expression: str = ""
    inner: dict[Step, _Holder] = field(default_factory=dict)
    targets: set[str] = field(default_factory=set)

    @property
    def steps(self) -> set[Step]:
        return {*self.inner, *self.targets}


class Targets:
    """Collects the targets of a run, as long as it has nothing but plain numbers.

    Args:
        source: takes the lines; its names lead to ``has``, which knows plain lists.
        types: what is known of the types in states.
    """

    def __init__(self, source: Source, types: Types) -> None:
        self._source = source
        self._types = types
        state = _Holder("s")
        #: By the variable that the run's other way has for it.
        self._entered = {"s": state}
        self._holders = [state]
        self._targets: list[str] = []
        self._is_spoilt = False

    def __bool__(self) -> bool:
        """Whether there are targets, and nothing else."""
        if self._is_spoilt or not self._targets:
            return False
        names = {name for holder in self._holders for name in holder.targets}
        read = {step for holder in self._holders for step in holder.inner}
        # What is set must not be on the way to what is set after it.
        return names.isdisjoint(read) and all(map(_is_usual, self._holders))

    def spoil(self) -> None:
        """Note that the run has something else."""
        self._is_spoilt = True

    def enter(self, local: str, holder: str, path: str) -> None:
        """Note that *local* is what *path* leads to inside *holder*."""
        self._entered[local] = self._follow(holder, parse_path(path))

    def add(self, holder: str, path: str) -> None:
        """Add the target at *path* of the state that *holder* has."""
        *way, last = parse_path(path)
        if isinstance(last, int):
            # Lists are only read: they take a number by an index of any kind.
            self.spoil()
            return
        found = self._follow(holder, way)
        found.targets.add(last)
        self._targets.append(f"{found.local}.{last}")

    def ask(self) -> None:
        """Write the lines that find out whether numbers go straight to their places.

        The answer is in ``is_direct`` then.
        """
        source = self._source
        with source.block("try:"):
            source.line(f"is_direct = {' and '.join(map(self._check, self._holders))}")
        with source.block("except (AttributeError, IndexError):"):
            source.line("is_direct = False")

    def put(self, unpack: str) -> None:
        """Write what unpacks into all of them, after the answer was yes.

        Args:
            unpack: what is unpacked.
        """
        self._source.line("(")
        for target in self._targets:
            self._source.line(f"{target},")
        self._source.line(f") = {unpack}")

    def _follow(self, holder: str, steps: Iterable[Step]) -> _Holder:
        found = self._entered[holder]
        for step in steps:
            if step not in found.inner:
                text = f"[{step}]" if isinstance(step, int) else f".{step}"
                inner = _Holder(self._source.local("h"), f"{found.local}{text}")
                found.inner[step] = inner
                self._holders.append(inner)
            found = found.inner[step]
        return found

    def _check(self, holder: _Holder) -> str:
        """Return the condition on which *holder* is one that numbers go straight to."""
        local = holder.local
        found = f"{local} := {holder.expression}" if holder.expression else local
        names = [step for step in holder.steps if isinstance(step, str)]
        if not names:
            return f"(type({found}) is list or has({local}))"
        slots = self._source.bind("SLOTS", self._types.slots(names))
        # The types that were met last are known without a call.
        others = f"type({local}) is not {slots}.refused and {slots}.has({local})"
        return f"(type({found}) is {slots}.latest or {others})"


def _is_usual(holder: _Holder) -> bool:
    """Whether *holder* is a list, or an object whose names mean themselves, and not nothing."""
    steps = holder.steps
    if all(isinstance(step, int) for step in steps):
        return bool(steps)
    return all(
        isinstance(step, str) and is_plain(step) and not step.startswith("__") for step in steps
    )
