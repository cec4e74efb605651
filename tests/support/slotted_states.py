"""States with slots, and what may stand in a slot's way."""

from __future__ import annotations

from copy import deepcopy

from tests.support.recorded_states import EVENTS

NAMES = ("x", "y")


class Slots:
    """A state that shows what is in its slots; those that are not given are empty."""

    __slots__ = ()

    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)

    def __repr__(self):
        return f"{type(self).__name__}({self.filled()})"

    def __deepcopy__(self, memo):
        copied = type(self).__new__(type(self))
        for name, value in self.filled().items():
            object.__setattr__(copied, name, deepcopy(value, memo))
        return copied

    def filled(self):
        """Return what is in the slots, by name."""
        values = {}
        for name in self.names():
            try:
                values[name] = object.__getattribute__(self, name)
            except AttributeError:
                continue
        return values

    @classmethod
    def names(cls):
        slots = [name for base in cls.__mro__ for name in vars(base).get("__slots__", ())]
        return sorted(slots)


class Point(Slots):
    __slots__ = NAMES


class Near(Point):
    """One more slot, and the others inherited."""

    __slots__ = ("z",)


class Loose(Point):
    """A dictionary beside the slots."""


class Computed(Point):
    """A property in the place of a slot, which stores what it is given."""

    __slots__ = ("hidden",)

    @property
    def x(self):
        return self.hidden

    @x.setter
    def x(self, value):
        EVENTS.append(("x is set", value))
        self.hidden = value


class Constant(Point):
    """A value in the place of a slot, which can't be set."""

    __slots__ = ()
    x = 3

    @classmethod
    def names(cls):
        return ["y"]


class Refusing(Point):
    """Slots that take no odd number, and tell what they are given."""

    __slots__ = ()

    def __setattr__(self, name, value):
        EVENTS.append((name, value))
        if value % 2:
            raise ValueError("odd")
        super().__setattr__(name, value)


class Answering(Point):
    """An answer for one of the slots if it is empty."""

    __slots__ = ()

    def __getattr__(self, name):
        if name == "x":
            return 7
        raise AttributeError(name)


class Watched(Point):
    """Slots that fail in a way of their own where they are empty."""

    __slots__ = ()

    def __getattribute__(self, name):
        if name in NAMES:
            try:
                return super().__getattribute__(name)
            except AttributeError:
                raise LookupError(name) from None
        return super().__getattribute__(name)


class Foreign(Slots):
    """Another class's slot under the same name, which takes nothing here."""

    __slots__ = ("y",)
    x = Point.x

    @classmethod
    def names(cls):
        return ["y"]


class Alias(Slots):
    """A slot under two names, of which it declares one."""

    __slots__ = ("first", "y")

    @classmethod
    def names(cls):
        return ["first", "y"]


Alias.x = Alias.first

#: Whose instances have a slot ``x``.
WITH_X = (Point, Near, Loose, Refusing, Answering, Watched)
#: Whose instances have none, though some have an attribute.
WITHOUT_X = (Slots, Computed, Constant, Foreign, Alias)
