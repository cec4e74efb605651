"""Spoils: fields of a state, and values that nobody saved."""

from __future__ import annotations

from collections.abc import Iterable

from harness.command import SPOIL, Command
from harness.fields import LeafField
from vmstate.paths import general_path

#: At most so many bytes of a field are spoilt, those at its beginning.
_MOST_BYTES = 16
#: How many kinds of values there are.
SPOILT_KINDS = 7


def spoilable(fields: Iterable[LeafField]) -> dict[tuple[str, int, str], list[LeafField]]:
    """Return those of *fields* that a command can name, elements of one array together."""
    found: dict[tuple[str, int, str], list[LeafField]] = {}
    for one in fields:
        if one.data and not any(word.split() != [word] for word in (one.section, one.path)):
            key = one.section, one.instance_id, general_path(one.path)
            found.setdefault(key, []).append(one)
    return found


def spoil_of(one: LeafField, kind: int, data: bytes) -> Command:
    """Return what spoils a field: with all bits, none, the highest, all others; a number; any.

    Args:
        one: the field.
        kind: below :data:`SPOILT_KINDS`; which of these.
        data: some bytes that choose the value where there is a choice.
    """
    size = min(len(one.data), _MOST_BYTES)
    ones = b"\xff" * size
    values = (
        ones,
        bytes(size),
        b"\x80" + bytes(size - 1),
        b"\x7f" + ones[1:],
        # In wire order, as counts and indices are sent.
        data[-1:].rjust(size, b"\0"),
        data[-2:].rjust(size, b"\0")[-size:],
        (data * size)[:size],
    )
    value = f"0x{values[kind].hex()}"
    return Command(SPOIL, (one.section, one.instance_id, one.path, value))
