"""Addresses: how a person names a section, or a field in it, and what was meant.

Owns their spelling.  It knows names and numbers, no stream.

::

    i8254                      the section of that name; its first instance
    dma[1]                     instance 1 of it
    i8254/channels[1].count    a field
    apic/<apic/irq>.pending    a field of a subsection
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from vmstate.errors import EditError

_INSTANCE = re.compile(r"(.+)\[(\d+)\]", re.DOTALL)
#: How many near names are told.
_NEAR = 3
#: How alike two names must be, from 0 to 1.
_ALIKE = 0.5


class Key(NamedTuple):
    """Which section of a stream.

    Attributes:
        idstr: its name.
        instance_id: which one of that name.
    """

    idstr: str
    instance_id: int = 0

    def __str__(self) -> str:
        return self.idstr if not self.instance_id else f"{self.idstr}[{self.instance_id}]"


def address(key: Key, path: str) -> str:
    """Return how the field *path* of a section is named."""
    return f"{key}/{path}" if path else str(key)


def find_section(text: str, keys: Sequence[Key]) -> Key:
    """Return the section that *text* names, one of *keys*.

    A name without instance is that of instance 0, or else of the only one there is.

    Raises:
        EditError: none is called so, or several are.
    """
    found = _named(text, keys)
    if found is not None:
        return found
    several = [str(key) for key in keys if key.idstr == text]
    if several:
        raise EditError(text, f"the name of several sections: {', '.join(several)}")
    raise EditError(text, f"the stream has no such section{near(text, map(str, keys))}")


def split_path(text: str, keys: Sequence[Key]) -> tuple[Key, str]:
    """Return the section and the path within it that *text* names.

    Names of sections have slashes in them, too; the longest that fits is meant.

    Raises:
        EditError: no section is called so.
    """
    ends = [place for place, letter in enumerate(text) if letter == "/"]
    for end in (len(text), *reversed(ends)):
        key = _named(text[:end], keys)
        if key is not None:
            return key, text[end + 1 :]
    first = text.partition("/")[0]
    raise EditError(
        text, f"it begins with the name of no section{near(first, map(str, keys)) or _some(keys)}"
    )


def near(name: str, names: Iterable[str]) -> str:
    """Return what to say of the *names* that are like *name*; nothing where none is."""
    close = get_close_matches(name, list(names), _NEAR, _ALIKE)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _some(keys: Sequence[Key]) -> str:
    return f"; the first are {', '.join(map(str, keys[:_NEAR]))}" if keys else "; it has none"


def _named(text: str, keys: Sequence[Key]) -> Key | None:
    match = _INSTANCE.fullmatch(text)
    if match and (key := Key(match[1], int(match[2]))) in keys:
        return key
    if Key(text) in keys:
        return Key(text)
    named = {key for key in keys if key.idstr == text}
    return named.pop() if len(named) == 1 else None
