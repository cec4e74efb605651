"""Slots: places that a state's type declares, whether or not anything is in them yet.

Here is the rule, for both engines, of where a number may be loaded: its place is there if
the state has a value in it, or if the state's type declares a slot for it (``__slots__``, as
``dataclass(slots=True)`` writes them).  A slot takes any value, and is never made by
mistake; of any other missing attribute loading makes none, since it may be misspelt.

An empty slot is a place and no value: whatever asks for a value (saving, a codec that
compares with what is there or loads into it, a way on to something else) misses it.
"""

from __future__ import annotations

from types import MemberDescriptorType

from vmstate.description import Field
from vmstate.flags import VMS
from vmstate.paths import parted


def has_slot(kind: type, name: str) -> bool:
    """Whether instances of *kind* have a slot *name*.

    What a subclass puts in a slot's stead hides it, be it a property or a plain value.
    """
    for base in kind.__mro__:
        if name in vars(base):
            member = vars(base)[name]
            return (
                isinstance(member, MemberDescriptorType)
                # One that was carried here from another class takes nothing.
                and (member.__objclass__, member.__name__) == (base, name)
                # C's own members are not declared so, and may refuse.
                and name in _declared(base)
            )
    return False


def _declared(kind: type) -> tuple[object, ...]:
    slots = vars(kind).get("__slots__", ())
    if isinstance(slots, str):
        return (slots,)
    # Anything else that can be iterated may be used up.
    return tuple(slots) if isinstance(slots, tuple | list | dict | set | frozenset) else ()


def is_put(field: Field) -> bool:
    """Whether loading *field* puts a value in its place, whatever was there before."""
    return (
        field.has_value
        and not field.is_array
        and not field.flags & VMS.POINTER
        and hasattr(field.codec, "convert")
    )


def is_slot(state: object, path: str) -> bool:
    """Whether *path* leads to a slot inside *state*.

    Raises:
        AttributeError, LookupError, TypeError: there is nothing that could have one.
    """
    holder, last = parted(path)
    return isinstance(last, str) and has_slot(type(holder(state)), last)
