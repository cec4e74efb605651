"""Values: what compiled functions do with the arrays, flags and timers of a state.

Each either is certain of what it was given or says no; what is uncommon is left to the
interpreter, which knows what to say of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, islice
from struct import Struct
from types import FunctionType
from typing import Any

from vmstate.info import TimerLike
from vmstate.slots import has_slot

#: How a list is looked into; a subclass that changes none of it is as good as a list.
_LIST_METHODS = ("__getitem__", "__setitem__", "__len__", "__iter__")
_FLAGS = frozenset({0, 1})
_SUBSECTION = 0x05
#: What reads and sets attributes in Python's own way; lists have the same under their own name.
_ATTRIBUTE_METHODS = {
    "__getattribute__": (object.__getattribute__, list.__getattribute__),
    "__setattr__": (object.__setattr__,),
}


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


class SequenceTypes(set[type]):
    """Types that are indexed, sliced and unpacked as Python's own do it.

    It learns lists' subclasses as it meets them.

    Args:
        types: those that are known from the beginning.
    """

    def __init__(self, *types: type) -> None:
        super().__init__(types)

    def has(self, value: object) -> bool:
        """Whether *value* is of such a type."""
        kind = type(value)
        if kind in self:
            return True
        if not issubclass(kind, list):
            return False
        is_plain = all(getattr(kind, name) is getattr(list, name) for name in _LIST_METHODS)
        if is_plain:
            self.add(kind)
        return is_plain

    def rows(self, table: Any, count: int, columns: int) -> list[Any]:  # noqa: ANN401 (a state is any object)
        """Return the first *count* rows of *table*, one after another.

        Raises:
            TypeError: it is no sequence of sequences, or there are fewer.
        """
        if not self._is_table(table, count, columns):
            raise TypeError("not a table")
        return list(chain.from_iterable(row[:columns] for row in table[:count]))

    def put_rows(self, table: Any, count: int, columns: int, values: Iterable[Any]) -> bool:  # noqa: ANN401 (a state is any object)
        """Put *values* into the first *count* rows of *table*; False if there are fewer."""
        if not self._is_table(table, count, columns):
            return False
        each = iter(values)
        for row in table[:count]:
            row[:columns] = islice(each, columns)
        return True

    def _is_table(self, table: Any, count: int, columns: int) -> bool:  # noqa: ANN401 (a state is any object)
        if not self.has(table) or len(table) < count:
            return False
        return all(self.has(row) and len(row) >= columns for row in table[:count])


def is_subsection(data: bytes | memoryview, offset: int, owner: bytes) -> bool:
    """Whether a loader of *owner* takes what begins at *offset* for one of its subsections."""
    if data[offset] != _SUBSECTION or offset + 1 >= len(data):
        return False
    size = data[offset + 1]
    name = bytes(data[offset + 2 : offset + 2 + size])
    return len(owner) < size == len(name) and name.startswith(owner)


class TimerTypes:
    """Types of timers, learnt as they are met: asking a protocol takes long."""

    def __init__(self) -> None:
        self._without_dict: set[type] = set()
        self._with_dict: set[type] = set()

    def has(self, value: Any) -> bool:  # noqa: ANN401 (a state is any object)
        """Whether *value* is a timer."""
        kind = type(value)
        if kind in self._without_dict:
            is_known = True
        elif kind in self._with_dict:
            hidden = vars(value)
            is_known = "modify" not in hidden and "delete" not in hidden
        else:
            is_known = False
            if _has_methods(kind):
                (self._with_dict if kind.__dictoffset__ else self._without_dict).add(kind)
        return (is_known and hasattr(value, "expire_ns")) or isinstance(value, TimerLike)


def _has_methods(kind: type) -> bool:
    """Whether a timer's methods are found in the type as Python's own objects find them."""
    members = _members_of(kind)
    plain = vars(object)["__getattribute__"]
    if members["__getattribute__"] is not plain or "__getattr__" in members:
        return False
    return all(isinstance(members.get(name), FunctionType) for name in ("modify", "delete"))


def empty_slot(holder: object, name: str) -> None:
    """Return None, which is in a slot that holds nothing.

    Raises:
        AttributeError: *holder* has no slot *name*.
    """
    if not has_slot(type(holder), name):
        raise AttributeError(name)


def _members_of(kind: type) -> dict[str, Any]:
    return {name: member for base in reversed(kind.__mro__) for name, member in vars(base).items()}


class SlotTypes:
    """Types that declare slots of certain names, in which nothing happens but that they are set.

    They are learnt as they are met, and taken as they were then: a class whose slot is
    replaced afterwards (``State.count = property(...)``) is loaded into through whatever it
    has now, without a look at what was there.

    Args:
        names: the slots.

    Attributes:
        latest: the type that was learnt last; None if none was.
        refused: the last one that is none of them; most often there is only one.
    """

    __slots__ = ("_known", "_names", "latest", "refused")

    def __init__(self, names: Iterable[str]) -> None:
        self.latest: type | None = None
        self.refused: type | None = None
        self._names = tuple(names)
        self._known: dict[type, bool] = {}

    def has(self, value: object) -> bool:
        """Whether *value* is of such a type."""
        kind = type(value)
        is_known = self._known.get(kind)
        if is_known is None:
            is_known = _is_ordinary(kind) and all(has_slot(kind, name) for name in self._names)
            self._known[kind] = is_known
            if is_known:
                self.latest = kind
            else:
                self.refused = kind
        return is_known


def _is_ordinary(kind: type) -> bool:
    """Whether attributes are read and set as Python does it by itself."""
    members = _members_of(kind)
    names = ("__getattribute__", "__setattr__")
    are_plain = all(members[name] in _ATTRIBUTE_METHODS[name] for name in names)
    return are_plain and "__getattr__" not in members


class Types:
    """What a program has learnt of the types in states.

    Attributes:
        readable: arrays that can be read in one go.
        writable: arrays that can be written in one go.
        timers: timers.
    """

    def __init__(self) -> None:
        self.readable = SequenceTypes(list, tuple, bytes, bytearray)
        self.writable = SequenceTypes(list)
        self.timers = TimerTypes()
        self._slots: dict[frozenset[str], SlotTypes] = {}

    def slots(self, names: Iterable[str]) -> SlotTypes:
        """Return the types that declare slots of these *names*, the same for the same names."""
        key = frozenset(names)
        return self._slots.setdefault(key, SlotTypes(key))
