"""Changes: what can be asked of a stream, each a value that is applied to a draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from vmstate.decoded import decode_section
from vmstate.editing.address import Key, near, split_path
from vmstate.editing.draft import Draft
from vmstate.editing.values import bytes_meant
from vmstate.errors import EditError
from vmstate.stream import Event


@dataclass(frozen=True, slots=True)
class SetField:
    """A field gets another value.

    Attributes:
        path: of the field, e.g. ``i8254/channels[1].count``.
        value: the value as one writes it: ``10``, ``0xff``, ``true``, ``00ff`` for bytes.
    """

    path: str
    value: str


@dataclass(frozen=True, slots=True)
class DropSection:
    """A section goes.

    Attributes:
        name: e.g. ``dma[1]``.
    """

    name: str


@dataclass(frozen=True, slots=True)
class DropSubsection:
    """A subsection goes.

    Attributes:
        path: e.g. ``serial/<serial/lsr_thr>``.
    """

    path: str


@dataclass(frozen=True, slots=True)
class CopySection:
    """A section of another stream comes in: for the one of its name, or as the last one.

    Attributes:
        source: the other stream.
        name: of the section there.
    """

    source: Draft
    name: str


@dataclass(frozen=True, slots=True)
class CopySubsection:
    """A subsection of another stream comes in: for the one of its name, or as the last one.

    Attributes:
        source: the other stream.
        path: of the subsection there and here.
    """

    source: Draft
    path: str


@dataclass(frozen=True, slots=True)
class Move:
    """A section goes to another place.

    Attributes:
        name: of the section.
        anchor: of the section that it will stand beside.
        is_after: whether behind it; else before it.
    """

    name: str
    anchor: str
    is_after: bool


Change: TypeAlias = "SetField | DropSection | DropSubsection | CopySection | CopySubsection | Move"


def changed(
    events: Iterable[Event], changes: Sequence[Change], passed: Sequence[Key] = ()
) -> list[Event]:
    """Return *events* with all *changes*, made one after the other.

    Args:
        events: a stream, or its last part from some section on.
        changes: what to change.
        passed: sections that came before *events* and can't be changed any more.

    Raises:
        EditError: something that is to be changed is not there, or a value does not fit.
        StreamError: the vmdesc can't be read.
    """
    draft = Draft(events, passed)
    for kind, group in groupby(changes, type):
        if kind is SetField:
            _set(draft, [change for change in group if isinstance(change, SetField)])
        else:
            for change in group:
                _apply(draft, change)
    return draft.events()


def _apply(draft: Draft, change: Change) -> None:
    match change:
        case DropSection(name):
            draft.drop(draft.find(name))
        case DropSubsection(path):
            draft.check_here(path)
            draft.drop_subsection(*split_path(path, draft.keys))
        case CopySection(source, name):
            draft.check_here(name)
            key = source.find(name)
            draft.add(source.section(key), source.entry(key))
        case CopySubsection(source, path):
            draft.check_here(path)
            key, inner = split_path(path, source.keys)
            place = source.subsection(key, inner)
            data = source.section(key).body[place.start : place.end]
            draft.add_subsection(draft.find(str(key)), inner, data, place.node)
        case Move(name, anchor, is_after):
            draft.move(draft.find(name), draft.find(anchor), is_after=is_after)


def _set(draft: Draft, changes: Sequence[SetField]) -> None:
    """Set fields; each section is looked into once."""
    wanted: dict[Key, dict[str, SetField]] = {}
    for change in changes:
        draft.check_here(change.path)
        key, path = split_path(change.path, draft.keys)
        wanted.setdefault(key, {})[path] = change
    for key, by_path in wanted.items():
        first = next(iter(by_path.values()))
        decoded = decode_section(draft.section(key), draft.sent(key, first.path))
        fields = {field.path: field for field in decoded.fields}
        for path, change in by_path.items():
            if path not in fields:
                raise EditError(change.path, f"there is no such field{near(path, fields)}")
            field = fields[path]
            data = bytes_meant(change.value, field, change.path)
            draft.put(key, field.offset, field.offset + len(field.data), data)
