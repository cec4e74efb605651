"""Sources: Python text of a function as it is being written, and what it refers to.

Objects that the text needs (descriptions, packers, hooks) get names; lines on which a
state may lack a place are noted, so that a failure there can be explained.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vmstate.compiler.places import Place
from vmstate.paths import parse_path

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
        self.places: dict[int, Place] = {}
        self._known: dict[tuple[str, int], str] = {}
        self._lines = [head]
        self._depth = 1
        self._locals = 0

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"

    def line(self, text: str, place: Place | None = None) -> None:
        """Write one line; *place* is what the state may lack there."""
        self._lines.append(f"{_INDENT * self._depth}{text}")
        if place is not None:
            self.places[len(self._lines)] = place

    @contextmanager
    def block(self, head: str, place: Place | None = None) -> Iterator[None]:
        """Write *head*, and what is written inside one level deeper."""
        self.line(head, place)
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
    text = holder
    for step in parse_path(path):
        text = f"{text}[{step}]" if isinstance(step, int) else _attribute(text, step)
    return text


def writing(holder: str, path: str, value: str) -> str:
    """Return a statement that puts *value* at *path* inside the state *holder*."""
    *way, last = parse_path(path)
    text = holder
    for step in way:
        text = f"{text}[{step}]" if isinstance(step, int) else _attribute(text, step)
    if isinstance(last, int):
        return f"{text}[{last}] = {value}"
    if _is_plain(last):
        return f"{text}.{last} = {value}"
    return f"setattr({text}, {last!r}, {value})"


def _attribute(text: str, name: str) -> str:
    return f"{text}.{name}" if _is_plain(name) else f"getattr({text}, {name!r})"


def _is_plain(name: str) -> bool:
    """Whether *name* means itself after a dot: no keyword, nothing that Python rewrites."""
    return name.isascii() and not keyword.iskeyword(name) and name != "__debug__"
