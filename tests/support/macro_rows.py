"""Rows of the table of macros: a call, the exact field that it must make, and what it needs.

A row's flags, codec and releases are those of ``macro_facts``; whatever else the field must
have is written beside the call.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tests.support.macro_facts import CORE, DEVICES, Fact
from vmstate import Field, Release, VMStateDescription, info, macros
from vmstate.macros import (
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT16_V,
    VMSTATE_UINT32,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One macro, in use.

    Attributes:
        fact: what is known of it.
        made: the fields that it made.
        expected: the fields that it must make.
        before: the fields that it needs before it: those of its count or size.
        reset: makes a state with what no field carries; None if the fields are enough.
    """

    fact: Fact
    made: tuple[Field, ...]
    expected: tuple[Field, ...]
    before: tuple[Field, ...] = ()
    reset: Callable[[], Any] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The macro's name."""
        return self.fact.name

    @property
    def id(self) -> str:
        """A name that is unique: the family's before that of a device's macro."""
        return f"{self.fact.family}.{self.name}".lstrip(".")

    @property
    def since(self) -> Release:
        """The first release that has the macro; see :class:`Fact`."""
        return self.fact.since

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of a description that needs no other."""
        return (*self.before, *self.made)

    @property
    def description(self) -> VMStateDescription:
        """A description of these fields; versions 1 to 3 can be loaded, gates are at 2."""
        return VMStateDescription(
            name="chip", version_id=3, minimum_version_id=1, fields=self.fields
        )


def from_two(state: object, version_id: int) -> bool:
    """Test of fields: from version 2 on, whatever the field's own version says."""
    return version_id >= 2


def is_valid(state: Any, version_id: int) -> bool:
    """Test of a claim, which holds for every state."""
    return state.n >= 0


class Pair:
    """A nested state, as loading makes it."""

    def __init__(self) -> None:
        self.x = 0
        self.y = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pair) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment] (it changes)

    def __repr__(self) -> str:
        return f"Pair({self.x}, {self.y})"


PAIR = VMStateDescription(
    name="pair",
    version_id=2,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("x"), VMSTATE_UINT16_V("y", 2)),
)


@dataclass(order=True)
class Key:
    """A key of a tree, which loading fills after it is made."""

    low: int = 0

    def __hash__(self) -> int:
        return hash(self.low)


KEY = VMStateDescription(
    name="key", version_id=2, minimum_version_id=1, fields=(VMSTATE_UINT32("low"),)
)


class Double:
    """A temporary: twice the state's ``n``."""

    parent: Any

    def __init__(self) -> None:
        self.twice = 0


def _take(tmp: Any) -> None:
    tmp.twice = 2 * tmp.parent.n


def _give(tmp: Any, version_id: int) -> None:
    tmp.parent.n = tmp.twice // 2


DOUBLE = VMStateDescription(
    name="double", pre_save=_take, post_load=_give, fields=(VMSTATE_UINT16("twice"),)
)


def core(name: str, /, *args: Any, before: tuple[Field, ...] = (), **parts: Any) -> Entry:
    """Return the entry of a core macro.

    Args:
        name: the macro's, without its prefix.
        args: what it is called with.
        before: the fields that it needs before it.
        parts: what its field must have beside the flags and codec of the facts.
    """
    fact = CORE[f"VMSTATE_{name}"]
    return _entry(fact, macros, args, before, None, parts)


def device(
    family: str,
    name: str,
    /,
    *args: Any,
    before: tuple[Field, ...] = (),
    reset: Callable[[], Any] | None = None,
    call: dict[str, Any] | None = None,
    **parts: Any,
) -> Entry:
    """Return the entry of a device's macro; *call* are arguments by name.

    A nested description is the one of that name in the macro's module.
    """
    fact = DEVICES[family, f"VMSTATE_{name}"]
    module = importlib.import_module(f"vmstate.macros.devices.{family}")
    return _entry(fact, module, args, before, reset, parts, call)


def _entry(
    fact: Fact,
    module: ModuleType,
    args: tuple[Any, ...],
    before: tuple[Field, ...],
    reset: Callable[[], Any] | None,
    parts: dict[str, Any],
    call: dict[str, Any] | None = None,
) -> Entry:
    made = getattr(module, fact.name)(*args, **(call or {}))
    known = {"name": "a", "flags": fact.flags, **_held(fact, module)}
    return Entry(
        fact=fact,
        made=(made,),
        expected=(Field(**{**known, **parts}),),
        before=before,
        reset=reset,
    )


def _held(fact: Fact, module: ModuleType) -> dict[str, Any]:
    """Return the codec or nested description of *fact*, unless it is the row's to say."""
    codec = fact.codec.removesuffix(" vmsd")
    if "vmstate_" in codec or codec.endswith("_vmstate"):
        return {"vmsd": getattr(module, codec)}
    held = getattr(info, codec.upper(), None)
    return {} if held is None else {"info": held}
