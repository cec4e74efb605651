"""The text of a vmdesc as something that can be changed and written as QEMU writes it.

Unlike :mod:`vmstate.vmdesc`, which reads what a vmdesc means, it keeps everything that
stands there: the order of keys, and keys that repeat in one object.

Source: QEMU 11.1 qobject/json-writer.c.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

from vmstate.describe import quoted
from vmstate.errors import StreamError

#: A JSON value whose objects keep what they are written as.
Node: TypeAlias = "Members | list[Node] | str | int | float | bool | None"


@dataclass(slots=True)
class Members:
    """A JSON object.

    Attributes:
        pairs: its keys and values in order; keys may repeat.
    """

    pairs: list[tuple[str, Node]]

    def get(self, key: str) -> Node:
        """Return the value of the first *key*; None where there is none."""
        return next((value for name, value in self.pairs if name == key), None)

    def set(self, key: str, value: Node) -> None:
        """Give the first *key* another value, or append it."""
        for place, (name, _) in enumerate(self.pairs):
            if name == key:
                self.pairs[place] = (key, value)
                return
        self.pairs.append((key, value))

    def drop(self, key: str) -> None:
        """Remove the first *key*, which must be there."""
        del self.pairs[next(place for place, (name, _) in enumerate(self.pairs) if name == key)]

    def objects(self, key: str) -> list[Members]:
        """Return the objects in the list that *key* holds; none where it holds no list."""
        value = self.get(key)
        return (
            [item for item in value if isinstance(item, Members)] if isinstance(value, list) else []
        )

    def number(self, key: str, default: int = 0) -> int:
        """Return the number that *key* holds, *default* where it holds none."""
        value = self.get(key)
        return value if isinstance(value, int) else default

    def text(self, key: str) -> str:
        """Return the string that *key* holds, an empty one where it holds none."""
        value = self.get(key)
        return value if isinstance(value, str) else ""


def read_text(text: bytes) -> Members:
    """Return what the *text* of a vmdesc says, changeable.

    Raises:
        StreamError: it is no JSON object.
    """
    try:
        root = json.loads(text, object_pairs_hook=Members)
    except (ValueError, RecursionError) as error:
        raise StreamError(f"it is not JSON: {error}", path="vmdesc") from error
    if not isinstance(root, Members):
        raise StreamError("expected a JSON object", path="vmdesc")
    return root


def write_text(node: Node) -> bytes:
    """Return *node* as QEMU writes it."""
    parts: list[str] = []
    _write(node, parts)
    return "".join(parts).encode()


def _write(node: Node, parts: list[str]) -> None:
    if isinstance(node, Members):
        parts.append("{")
        for number, (key, value) in enumerate(node.pairs):
            parts.append(f"{', ' if number else ''}{quoted(key)}: ")
            _write(value, parts)
        parts.append("}")
    elif isinstance(node, list):
        parts.append("[")
        for number, item in enumerate(node):
            parts.append(", " if number else "")
            _write(item, parts)
        parts.append("]")
    else:
        parts.append(quoted(node) if isinstance(node, str) else json.dumps(node))
