"""Live objects as plain data: everything that a model remembers, described or not.

Wiring (lines, clocks, callables, other devices) is left out: it does not change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from device_models.device import Device
from harness.fields import Plain
from vmstate import VMStateDescription
from vmstate.info import TimerLike
from vmstate.paths import general_path

#: What stands for a value that is wiring.
_WIRING = object()


def plain_device(device: Device) -> dict[str, Plain]:
    """Return the state of *device*, and whatever else it keeps besides.

    The state's own attributes stand under their names; an attribute of the device itself
    that is no wiring stands under ``self.NAME``: it is state in no description.
    """
    found: dict[str, Plain] = {}
    state = _plain(device.state)
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


def _plain(value: object) -> Plain | object:
    match value:
        case bool():
            return int(value)
        case int() | bytes() | str() | None:
            return value
        case bytearray():
            return bytes(value)
        case TimerLike():
            return value.expire_ns
        case list() | tuple():
            items = [_plain(item) for item in value]
            return _WIRING if any(item is _WIRING for item in items) else items
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {
                field.name: plain
                for field in dataclasses.fields(value)
                if (plain := _plain(getattr(value, field.name))) is not _WIRING
            }
        case _:
            return _WIRING
