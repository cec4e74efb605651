"""Sources: Python text of a function as it is being written, and what it refers to.

Objects that the text needs (descriptions, packers, hooks) get names; lines on which a
state may lack a place are noted, so that a failure there can be explained.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from vmstate.compiler.places import Place
from vmstate.paths import Step, parse_path

_INDENT = "    "


class Source:
    """The text of one function.

    Args:
        head: its first line.

    Attributes:
        names: what the text refers to.
        places: by line, where a state may lack something.
    """

    def __init__(self, head: str) -> None:
        self.names: dict[str, object] = {}
        self.places: dict[int, tuple[Place, ...]] = {}
        self._known: dict[tuple[str, int], str] = {}
        self._lines = [head]
        self._depth = 1
        self._locals = 0

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"

    def line(self, text: str, *places: Place) -> None:
        """Write one line; *places* are what the state may lack there, in that order."""
        self._lines.append(f"{_INDENT * self._depth}{text}")
        if places:
            self.places[len(self._lines)] = places

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write *head*, and what is written inside one level deeper."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def local(self, prefix: str) -> str:
        """Return the name of a new local variable."""
        self._locals += 1
        return f"{prefix}{self._locals}"

    def bind(self, prefix: str, value: object) -> str:
        """Return the name under which the text finds *value*."""
        key = (prefix, id(value))
        if key not in self._known:
            name = f"{prefix}_{len(self._known)}"
            self._known[key] = name
            self.names[name] = value
        return self._known[key]

    def compiled(self, filename: str) -> Any:  # noqa: ANN401 (whatever function was written)
        """Return the function."""
        names = dict(self.names)
        exec(compile(str(self), filename, "exec"), names)
        return names[self._lines[0].removeprefix("def ").partition("(")[0]]


def reading(holder: str, path: str) -> str:
    """Return an expression for the value at *path* inside the state *holder*."""
    return _followed(holder, parse_path(path))


def parted(holder: str, path: str) -> tuple[str, Step]:
    """Return an expression for what holds the value at *path*, and the last step to it."""
    *way, last = parse_path(path)
    return _followed(holder, way), last


def writing(holder: str, path: str, value: str) -> str:
    """Return a statement that puts *value* at *path* inside the state *holder*."""
    text, last = parted(holder, path)
    if isinstance(last, int):
        return f"{text}[{last}] = {value}"
    if is_plain(last):
        return f"{text}.{last} = {value}"
    return f"setattr({text}, {last!r}, {value})"


def looking(holder: str, path: str, local: str = "") -> tuple[str, ...]:
    """Return lines that make sure that *path* leads to a place inside the state *holder*.

    Args:
        holder: local variable.
        path: leads to the place.
        local: the variable that gets what is there, None in an empty slot; empty if none does.
    """
    text, last = parted(holder, path)
    get = f"{local} = " if local else ""
    if isinstance(last, int):
        return (f"{get}{text}[{last}]",)
    look = f"{get}{_followed(text, (last,))}"
    return f"try: {look}", f"except ABSENT: {get}empty_slot({text}, {last!r})"


def is_plain(name: str) -> bool:
    """Whether *name* means itself after a dot: no keyword, nothing that Python rewrites."""
    return name.isascii() and not keyword.iskeyword(name) and name != "__debug__"


def _followed(text: str, steps: Iterable[Step]) -> str:
    for step in steps:
        if isinstance(step, int):
            text = f"{text}[{step}]"
        else:
            text = f"{text}.{step}" if is_plain(step) else f"getattr({text}, {step!r})"
    return text
