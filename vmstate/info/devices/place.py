"""Places inside a value: the path of an error leads to the member, not just to the field.

Knows cursors; knows no codec.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vmstate.cursor import Reader, Writer


@contextmanager
def inside(cursor: Reader | Writer, part: str) -> Iterator[None]:
    """While it lasts, errors of *cursor* tell of *part* of what it stands at.

    Args:
        cursor: where it is being read or written.
        part: a member, e.g. ``esid``, or an element, e.g. ``[3]``.
    """
    field = cursor.field
    cursor.field = f"{field}{'' if not field or part.startswith('[') else '.'}{part}"
    try:
        yield
    finally:
        cursor.field = field
