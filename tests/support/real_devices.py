"""Devices of a real QEMU, as far as values can be put into them through a stream.

What a device refuses, and what its ``post_load`` makes of what it is given, is data here:
limits say what may be put in, rules say what comes back instead.  Each has its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis.strategies import SearchStrategy

from tests.support.leaves import Leaf
from tests.support.written_macros import copied
from vmstate.description import VMStateDescription
from vmstate.paths import general_path


def matches(pattern: str, path: str) -> bool:
    """Whether *path* is one that *pattern* stands for; see :class:`Limit`."""
    if pattern.endswith("*"):
        return general_path(path).startswith(pattern[:-1])
    return pattern in (path, general_path(path))


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be put into some fields.

    Attributes:
        why: what happens otherwise.
        paths: the fields, with their indices or with these left open; a star at the end
            stands for anything that follows.
        choose: makes an allowed value of the one that was drawn and the one at power-on.
    """

    why: str
    paths: tuple[str, ...]
    choose: Callable[[int, int], int]

    def holds_for(self, path: str) -> bool:
        return any(matches(pattern, path) for pattern in self.paths)


def kept(why: str, *paths: str) -> Limit:
    """Only what the device holds at power-on."""
    return Limit(why, paths, lambda drawn, before: before)


def masked(mask: int, why: str, *paths: str) -> Limit:
    """Only some bits; the others stay as they are at power-on."""
    return Limit(why, paths, lambda drawn, before: drawn & mask | before & ~mask)


def with_bits(mask: int, why: str, *paths: str) -> Limit:
    """Only numbers that have some bits set."""
    return Limit(why, paths, lambda drawn, before: drawn | mask)


def nonzero(why: str, *paths: str) -> Limit:
    """Only numbers other than zero."""
    return Limit(why, paths, lambda drawn, before: drawn or 1)


def below(limit: int, why: str, *paths: str) -> Limit:
    """Only numbers from 0 up to *limit*, without it."""
    return Limit(why, paths, lambda drawn, before: drawn % limit)


def one_of(values: Iterable[int], why: str, *paths: str) -> Limit:
    """Only some numbers."""
    allowed = tuple(values)
    return Limit(why, paths, lambda drawn, before: allowed[drawn % len(allowed)])


class View:
    """What was put in, as seen from one field.

    ``view.value`` is the field's own value; ``view["name"]`` that of its neighbour in the
    same structure; ``view["/path"]`` that of any field of the section; and
    ``view.of("device")["path"]`` that of a field of another section of the machine.
    """

    def __init__(self, put: Mapping[str, Mapping[str, Leaf]], device: str, path: str) -> None:
        self._put = put
        self._leaves = put[device]
        self._path = path

    def of(self, device: str) -> View:
        return View(self._put, device, "")

    @property
    def leaf(self) -> Leaf:
        return self._leaves[self._path]

    @property
    def value(self) -> int:
        return self.leaf.value

    @property
    def index(self) -> int:
        """The last index in the field's path."""
        return int(self._path.rpartition("[")[2].partition("]")[0])

    def __getitem__(self, name: str) -> int:
        prefix = self._path.rpartition(".")[0]
        path = name[1:] if name.startswith("/") else f"{prefix}.{name}" if prefix else name
        return self._leaves[path].value


#: Computes what comes back; None where it is gone.
Outcome = Callable[[View], int | bytes | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """What comes back instead of what was put in.

    Attributes:
        why: what in QEMU changes it.
        paths: the fields, as in :class:`Limit`.
        outcome: what comes back.
    """

    why: str
    paths: tuple[str, ...]
    outcome: Outcome

    def holds_for(self, path: str) -> bool:
        return any(matches(pattern, path) for pattern in self.paths)


def becomes(outcome: Outcome, why: str, *paths: str) -> Rule:
    """Some fields come back as *outcome* says."""
    return Rule(why, paths, outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A section that values are put into.

    Attributes:
        section: its idstr without what says where the device is plugged in.
        description: what it is made of.
        machine: which of the test's machines has it.
        instance_id: which of those that share a name.
        at: where the device is plugged in, where several of a kind are; else empty.
        constants: values that no field carries, and those that both sides must agree on.
        values: values to be drawn that no field carries, but a hook.
        without: subsections that are left out though QEMU sends them.
        extra: subsections that are put in though QEMU does not send them at power-on.
        limits, rules: what may be put in, and what comes back instead.
        inside: finds the state in a section that has more around it; None where the state
            is all of the section.
        tidy: makes a state that was drawn one that can be; for what no limit can say.
    """

    section: str
    description: VMStateDescription
    machine: str = "pc"
    instance_id: int = 0
    at: str = ""
    constants: Mapping[str, object] = field(default_factory=dict)
    values: Mapping[str, SearchStrategy[Any]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    extra: frozenset[str] = frozenset()
    limits: tuple[Limit, ...] = ()
    rules: tuple[Rule, ...] = ()
    inside: Callable[[bytes], tuple[int, int]] | None = None
    tidy: Callable[[Any], None] | None = None

    @property
    def name(self) -> str:
        number = f"#{self.instance_id}" if self.instance_id else ""
        return f"{self.at}{'/' if self.at else ''}{self.section}{number}"


def trimmed(
    description: VMStateDescription, wanted: frozenset[str], forced: frozenset[str]
) -> VMStateDescription:
    """Return *description* with only the *wanted* subsections; those *forced* always sent."""
    return replace(
        description,
        needed=None if description.name in forced else description.needed,
        fields=tuple(
            copied(one, vmsd=trimmed(one.vmsd, wanted, forced)) if one.vmsd else one
            for one in description.fields
        ),
        subsections=tuple(
            trimmed(one, wanted, forced) for one in description.subsections if one.name in wanted
        ),
    )
