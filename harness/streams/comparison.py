"""Comparison: where two streams differ, field by field.

Owns what is the same and what is not, each as a value.  What one stream has and the other
has not is told once, at its outermost: a section, or a subsection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from harness.streams.outline import Outline
from harness.streams.shown import plain, value_text
from vmstate.decoded import DecodedField, DecodedSection
from vmstate.editing import Key, address

#: Schema of what ``vmstate diff --json`` prints.
SCHEMA, SCHEMA_VERSION = "vmstate-diff", 1
#: A subsection in a path, and what is before it.
_SUBSECTION = re.compile(r"(?:.*?)<[^>]*>")
#: How many places of differing bytes are told.
_RUNS = 3
#: The value of what has none of its own.
PRESENT = "present"
_FIELD = "field"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        kind: ``section`` or ``subsection`` (there in one stream only), ``version``,
            ``field``, ``configuration`` or ``memory``.
        path: where.
        before, after: the two values; None for what is not there, :data:`PRESENT` for what
            has none.
    """

    kind: str
    path: str
    before: object
    after: object

    def text(self) -> str:
        """Return the difference as a line."""
        if self.before is None or self.after is None:
            sign, value = ("-", self.before) if self.after is None else ("+", self.after)
            shown = "" if value == PRESENT else f" = {value_text(value)}"
            return f"{sign} {self.path}{'' if self.kind == _FIELD else f' ({self.kind})'}{shown}"
        before, after = self.before, self.after
        what = "" if self.kind in (_FIELD, "memory") else f" {self.kind}"
        if isinstance(before, bytes) and isinstance(after, bytes):
            return f"  {self.path}{what}: {_bytes_text(before, after)}"
        if isinstance(before, list) and isinstance(after, list):
            return f"  {self.path}{what}: {_list_text(before, after)}"
        return f"  {self.path}{what}: {value_text(before)} -> {value_text(after)}{self._bits()}"

    def bits(self) -> list[int] | None:
        """Return the numbers of the bits of a field that differ; None for what has none."""
        before, after = self.before, self.after
        if self.kind != _FIELD or isinstance(before, bool):
            return None
        if not isinstance(before, int) or not isinstance(after, int) or min(before, after) < 0:
            return None
        # A bitmap may have millions of bits: shifting it for each would take for ever.
        digits = f"{before ^ after:b}"[::-1]
        return [bit for bit, digit in enumerate(digits) if digit == "1"]

    def _bits(self) -> str:
        bits = self.bits()
        if not bits:
            return ""
        return f", bit{'s' if len(bits) > 1 else ''} {', '.join(map(str, bits))}"

    def document(self) -> dict[str, object]:
        """Return the difference as JSON has it."""
        made = {"kind": self.kind, "path": self.path}
        return made | {
            "before": plain(self.before),
            "after": plain(self.after),
            "bits": self.bits(),
        }


def _bytes_text(before: bytes, after: bytes) -> str:
    """Return where and how two fields of bytes differ."""
    if len(before) != len(after):
        return f"{value_text(before)} -> {value_text(after)}"
    places = [n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    shown = [
        f"[{start:#x}] {value_text(before[start:end])} -> {value_text(after[start:end])}"
        for start, end in runs[:_RUNS]
    ]
    more = f", and {len(runs) - _RUNS} more places" if len(runs) > _RUNS else ""
    return f"{', '.join(shown)}{more}"


def _list_text(before: list[object], after: list[object]) -> str:
    """Return what is in one of two lists only."""
    # Loaded where it is needed, which is rare, for it takes longer than most comparisons.
    difference = import_module("deepdiff").DeepDiff(before, after, ignore_order=True)
    return " ".join(str(difference.pretty()).splitlines())


def compared(first: Outline, second: Outline) -> Iterator[Change]:
    """Yield every difference of two streams, in stream order.

    Guest memory is compared as far as it was hashed.
    """
    yield from _settings(first, second)
    if first.memory.hashes and second.memory.hashes:
        yield from _memory(first, second)
    before, after = _by_key(first.decoded()), _by_key(second.decoded())
    for key, section in before.items():
        if key not in after:
            yield Change("section", key, PRESENT, None)
        else:
            yield from _sections(key, section, after[key])
    for key in after:
        if key not in before:
            yield Change("section", key, None, PRESENT)


def _by_key(sections: Sequence[DecodedSection]) -> dict[str, DecodedSection]:
    """Return the sections by name; one that comes again has a number behind it."""
    found: dict[str, DecodedSection] = {}
    for section in sections:
        name = str(Key(section.idstr, section.instance_id))
        again = sum(key.partition("#")[0] == name for key in found) if name in found else 0
        found[f"{name}#{again + 1}" if again else name] = section
    return found


def settings_of(outline: Outline) -> dict[str, object]:
    """Return what a stream says of the machine before any state."""
    if outline.configuration is None:
        return {}
    parts = {part.name: plain(part.value) for part in outline.configuration.parts}
    return {"machine": outline.machine, **parts}


def _settings(first: Outline, second: Outline) -> Iterator[Change]:
    before, after = settings_of(first), settings_of(second)
    for name in [*before, *(name for name in after if name not in before)]:
        if before.get(name) != after.get(name):
            yield Change("configuration", name, before.get(name), after.get(name))


def _memory(first: Outline, second: Outline) -> Iterator[Change]:
    before, after = first.memory.contents(), second.memory.contents()
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = first.memory.blocks.get(name), second.memory.blocks.get(name)
        if old is None or new is None:
            yield Change("block", name, old and PRESENT, new and PRESENT)
        elif old.size != new.size:
            yield Change("memory", f"{name}, size", old.size, new.size)
        elif before[name] != after[name]:
            yield Change("memory", f"{name}, hash", before[name], after[name])


def _sections(key: str, before: DecodedSection, after: DecodedSection) -> Iterator[Change]:
    if before.version_id != after.version_id:
        yield Change("version", key, before.version_id, after.version_id)
    old = {field.path: field for field in before.fields}
    new = {field.path: field for field in after.fields}
    yield from _fields(key, old, new)


def _fields(
    key: str, old: dict[str, DecodedField], new: dict[str, DecodedField]
) -> Iterator[Change]:
    told: set[str] = set()
    there, here = _subsections(old), _subsections(new)
    name = Key(key)
    for path in [*old, *(path for path in new if path not in old)]:
        if path in old and path in new:
            if old[path].data != new[path].data:
                yield Change(_FIELD, address(name, path), old[path].value, new[path].value)
            continue
        field, others = (old[path], here) if path in old else (new[path], there)
        outer = next((part for part in _parts(path) if part not in others), None)
        if outer is None:
            values = (field.value, None) if path in old else (None, field.value)
            yield Change(_FIELD, address(name, path), *values)
        elif outer not in told:
            told.add(outer)
            present = (PRESENT, None) if path in old else (None, PRESENT)
            yield Change("subsection", address(name, outer), *present)


def _parts(path: str) -> list[str]:
    """Return the subsections that *path* is in, the outermost first."""
    return [path[: match.end()] for match in _SUBSECTION.finditer(path)]


def _subsections(fields: dict[str, DecodedField]) -> set[str]:
    return {part for path in fields for part in _parts(path)}


def ignoring(patterns: Sequence[str]) -> Callable[[Change], bool]:
    """Return a test for changes that none of the *patterns* matches.

    A pattern is the whole of a path; ``*`` stands for anything in it, brackets for themselves.
    """
    tests = [
        re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL) for pattern in patterns
    ]
    return lambda change: not any(test.fullmatch(change.path) for test in tests)
