"""Values: what compiled functions do with the arrays, flags and timers of a state.

Each either is certain of what it was given or says no; what is uncommon is left to the
interpreter, which knows what to say of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from struct import Struct
from types import FunctionType
from typing import Any

#: Types that are indexed and sliced as Python's own do it.
SEQUENCES = frozenset({list, tuple, bytes, bytearray})
_FLAGS = frozenset({0, 1})
_SUBSECTION = 0x05


@lru_cache(maxsize=64)
def packer(code: str, count: int) -> Callable[..., bytes]:
    """Return what packs *count* numbers of the struct format *code*."""
    return Struct(f">{count}{code}").pack


@lru_cache(maxsize=64)
def unpacker(code: str, count: int) -> Callable[[bytes | memoryview, int], tuple[Any, ...]]:
    """Return what unpacks *count* numbers of the struct format *code*."""
    return Struct(f">{count}{code}").unpack_from


def flags(values: Sequence[Any]) -> Sequence[Any]:
    """Return *values*, which are zeros and ones.

    Raises:
        ValueError: they are not.
    """
    if not _FLAGS.issuperset(values):
        raise ValueError("not all are booleans")
    return values


def rows(table: Any, count: int, columns: int) -> list[Any]:  # noqa: ANN401 (a state is any object)
    """Return the first *count* rows of *table*, one after another.

    Raises:
        TypeError: it is none of Python's own sequences of them, or there are fewer.
    """
    if not _is_table(table, count, columns):
        raise TypeError("not a table")
    return list(chain.from_iterable(row[:columns] for row in table[:count]))


def put_rows(table: Any, count: int, columns: int, values: Iterable[Any]) -> bool:  # noqa: ANN401 (a state is any object)
    """Put *values* into the first *count* rows of *table*; False if it is not one of lists."""
    if not _is_table(table, count, columns):
        return False
    if type(table) is not list or any(type(row) is not list for row in table[:count]):
        return False
    each = iter(values)
    for row in table[:count]:
        row[:columns] = [next(each) for _ in range(columns)]
    return True


def _is_table(table: Any, count: int, columns: int) -> bool:  # noqa: ANN401 (a state is any object)
    if type(table) not in SEQUENCES or len(table) < count:
        return False
    return all(type(row) in SEQUENCES and len(row) >= columns for row in table[:count])


def is_subsection(data: bytes | memoryview, offset: int, owner: bytes) -> bool:
    """Whether a loader of *owner* takes what begins at *offset* for one of its subsections."""
    if data[offset] != _SUBSECTION or offset + 1 >= len(data):
        return False
    size = data[offset + 1]
    name = bytes(data[offset + 2 : offset + 2 + size])
    return len(owner) < size == len(name) and name.startswith(owner)


def timer_check() -> Callable[[object], bool]:
    """Return what tells whether something is a timer beyond doubt.

    It remembers the types that it has seen: asking a protocol takes long.
    """
    known: set[type] = set()

    def is_ready(timer: Any) -> bool:  # noqa: ANN401 (a state is any object)
        kind = type(timer)
        if kind not in known:
            if not _has_methods(kind):
                return False
            known.add(kind)
        return hasattr(timer, "expire_ns")

    return is_ready


def _has_methods(kind: type) -> bool:
    """Whether all its instances have a timer's methods, which they can't hide."""
    members = {
        name: member for base in reversed(kind.__mro__) for name, member in vars(base).items()
    }
    plain = vars(object)["__getattribute__"]
    if kind.__dictoffset__ or members["__getattribute__"] is not plain or "__getattr__" in members:
        return False
    return all(isinstance(members.get(name), FunctionType) for name in ("modify", "delete"))
