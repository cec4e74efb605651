"""Live objects as plain data: everything that a model remembers, described or not.

Wiring (lines, clocks, callables, other devices) is left out: it does not change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from device_models.device import Device
from harness.fields import Plain
from vmstate import VMStateDescription
from vmstate.info import TimerLike
from vmstate.paths import general_path

#: What stands for the moment of a timer that is not set, as on the wire.
_UNSET = -1
#: What stands for a value that is wiring.
_WIRING = object()


def plain_device(device: Device) -> dict[str, Plain]:
    """Return the state of *device*, and whatever else it keeps besides.

    The state's own attributes stand under their names; an attribute of the device itself
    that is no wiring stands under ``self.NAME``: it is state in no description.
    """
    found: dict[str, Plain] = {}
    state = _plain(device.state, ())
    if isinstance(state, dict):
        found.update(state)
    for name, value in sorted(vars(device).items()):
        plain = _plain(value)
        # A timer that the state holds is made by the device and kept by both.
        is_shared = any(value is held for held in _held(device.state))
        if name != "state" and plain is not _WIRING and not is_shared:
            found[f"self.{name}"] = plain  # type: ignore[assignment]  # _WIRING is ruled out
    return found


def _held(state: object) -> list[object]:
    if dataclasses.is_dataclass(state) and not isinstance(state, type):
        return [getattr(state, field.name) for field in dataclasses.fields(state)]
    return []


def described_paths(vmsd: VMStateDescription, prefix: str = "") -> Iterator[str]:
    """Yield the path of every leaf that *vmsd* can carry, with every index left open.

    Subsections count, whether they are needed just now or not; they leave no trace in the
    path, since their fields are attributes of the same object.
    """
    for field in vmsd.fields:
        path = general_path(prefix + field.name) + ("[]" if field.is_array else "")
        if field.vmsd is not None:
            yield from described_paths(field.vmsd, f"{path}.")
        elif field.has_value:
            yield path
    for subsection in vmsd.subsections:
        yield from described_paths(subsection, prefix)


def _plain(value: object, around: tuple[object, ...] | None = None) -> Plain | object:
    """Return *value* as plain data.

    Args:
        value: what an attribute holds.
        around: the objects that it is in, if these are a state; None elsewhere.
    """
    match value:
        case bool():
            return int(value)
        case int() | bytes() | str() | None:
            return value
        case bytearray():
            return bytes(value)
        case TimerLike():
            # One that is not set is not the same as none at all.
            return _UNSET if value.expire_ns is None else value.expire_ns
        case list() | tuple():
            items = [_plain(item, around) for item in value]
            return _WIRING if any(item is _WIRING for item in items) else items
    members = _members(value, in_state=around is not None)
    if members is None or any(value is one for one in around or ()):
        return _WIRING
    inside = None if around is None else (*around, value)
    found = {str(name): _plain(member, inside) for name, member in members.items()}
    return {name: plain for name, plain in found.items() if plain is not _WIRING}


def _members(value: object, *, in_state: bool) -> Mapping[Any, object] | None:
    """Return what is in *value*; None if it is wiring.

    A state is all that a device remembers, so that every object in it is data but what can be
    called, and what an object keeps to itself.  Elsewhere only dataclasses are.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if not in_state or callable(value):
        return None
    if isinstance(value, dict):
        return value
    if isinstance(value, SimpleNamespace):
        # It has nothing to itself: such are the names that C gave it (_q_ZMMReg).
        return vars(value)
    held = getattr(value, "__dict__", None)
    return held and {name: one for name, one in held.items() if not name.startswith("_")}
