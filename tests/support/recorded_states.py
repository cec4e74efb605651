"""States that record what is done to them, and the outcome of running an engine on one.

Two engines are equal when the outcomes are: bytes, layout, values, errors, and every step
that could be seen from outside, in order.
"""

from __future__ import annotations

import copy
from types import SimpleNamespace

from vmstate import LATEST
from vmstate.codec import Interpreted
from vmstate.compiler import Compiled
from vmstate.cursor import Reader

#: What was done since the last run began: hooks, tests, attributes set, timers armed.
EVENTS: list = []


class State:
    """A state whose attributes can refuse what they are given; each that is set is recorded."""

    def __init__(self, **values):
        self.__dict__.update(values)

    def __setattr__(self, name, value):
        EVENTS.append(("set", name, frozen(value)))
        refusal = self.__dict__.get(f"refuses_{name}")
        if refusal is not None:
            raise refusal(f"{name} is refused")
        self.__dict__[name] = value

    def __getattribute__(self, name):
        values = object.__getattribute__(self, "__dict__")
        if f"explodes_{name}" in values:
            raise values[f"explodes_{name}"](f"{name} explodes")
        return object.__getattribute__(self, name)

    def __repr__(self):
        return f"State({', '.join(sorted(self.__dict__))})"


class Timer:
    """A timer as the device models have it: two methods and a slot."""

    __slots__ = ("expire_ns",)

    def __init__(self, expire_ns=None):
        self.expire_ns = expire_ns

    def modify(self, expire_ns):
        EVENTS.append(("modify", expire_ns))
        self.expire_ns = expire_ns

    def delete(self):
        EVENTS.append(("delete",))
        self.expire_ns = None

    def __repr__(self):
        return f"{type(self).__name__}()"


class LooseTimer(Timer):
    """A timer with a dictionary, in which anything may hide, and which may get stuck."""

    def modify(self, expire_ns):
        super().modify(expire_ns)
        if expire_ns == 5:
            raise ValueError("it is stuck")
        # What is hidden here is what is called from now on; None means that it is none.
        self.__dict__["delete"] = None


class NoTimer:
    """Something that is no timer: it can't be disarmed."""

    def __init__(self, expire_ns=None):
        self.expire_ns = expire_ns

    def modify(self, expire_ns):
        EVENTS.append(("modified", expire_ns))

    def __repr__(self):
        return "NoTimer()"


class Index:
    """No integer, but something that can be one."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value

    def __repr__(self):
        return f"Index({self.value})"


def frozen(value):
    """Return *value* as something that later changes leave alone, and that can be compared."""
    if isinstance(value, list | tuple):
        return (type(value).__name__, *(frozen(item) for item in value))
    if isinstance(value, dict):
        return ("dict", *((frozen(key), frozen(item)) for key, item in value.items()))
    if isinstance(value, bytearray):
        return ("bytearray", bytes(value))
    if isinstance(value, State | SimpleNamespace):
        return ("state", *((k, frozen(v)) for k, v in sorted(vars(value).items()) if k != "parent"))
    if isinstance(value, Timer | NoTimer):
        return (type(value).__name__, value.expire_ns)
    # 1 and True are equal, and not the same.
    return (type(value).__name__, repr(value))


def outcome(act, state):
    """Run *act*; return all that can be told of it and of what it left in *state*."""
    EVENTS.clear()
    result: object
    try:
        result = act()
    except Exception as err:  # noqa: BLE001 (whatever it is, the other engine must raise it too)
        attributes = {name: frozen(value) for name, value in sorted(vars(err).items())}
        result = (type(err), str(err), attributes)
    return {"result": result, "events": list(EVENTS), "state": frozen(state)}


def saving(codec, state, version_id):
    """Return the outcome of saving a copy of *state*."""
    state = copy.deepcopy(state)

    def act():
        saved = codec.save(state, version_id=version_id)
        return (saved.data, saved.layout, saved.spans, saved.descriptors, saved.release)

    return outcome(act, state)


def loading(codec, state, data, version_id, *, cursor):
    """Return the outcome of loading into a copy of *state*.

    Args:
        codec: loads.
        state: the destination.
        data: the bytes.
        version_id: the version they are said to have.
        cursor: whether they are behind others, in a cursor; else all there is.
    """
    state = copy.deepcopy(state)
    if not cursor:
        return outcome(lambda: codec.load(state, data, version_id), state)
    reader = Reader(b"\5\2a" + data, 3)
    reader.descriptors.extend((7, 8))

    def act():
        codec.load(state, reader, version_id)
        return (reader.offset, list(reader.descriptors))

    return outcome(act, state)


def both_save(description, state, *, version_id=None, release=LATEST):
    """Return the outcome of saving *state*, which must be the same by either engine."""
    by_interpreter = saving(Interpreted(description, release), state, version_id)
    assert saving(Compiled(description, release), state, version_id) == by_interpreter
    return by_interpreter


def both_load(description, state, data, *, version_id=None, release=LATEST, cursor=False):
    """Return the outcome of loading into *state*, which must be the same by either engine."""
    version = description.version_id if version_id is None else version_id
    engines = Interpreted(description, release), Compiled(description, release)
    expected, found = (loading(one, state, data, version, cursor=cursor) for one in engines)
    assert found == expected
    return expected
