"""Clocks of a board: their period, and by what it is multiplied and divided.

The hook that loading begins with is here: it gives the multiplier its default, which is
what a stream without ``clock/muldiv`` means.

Source: QEMU 7.2 hw/core/clock-vmstate.c; QEMU 11.1 include/hw/core/clock.h.
"""

from __future__ import annotations

from typing import Any

from vmstate.description import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_STRUCT_POINTER_V,
    VMSTATE_UINT32,
    VMSTATE_UINT64,
)


def _is_scaled(state: Any) -> bool:  # noqa: ANN401 (a state is any object)
    return bool(state.multiplier != 1 or state.divider != 1)


def _unscale(state: Any) -> None:  # noqa: ANN401 (a state is any object)
    state.multiplier = state.divider = 1


vmstate_muldiv = VMStateDescription(
    name="clock/muldiv",
    version_id=1,
    minimum_version_id=1,
    needed=_is_scaled,
    fields=(VMSTATE_UINT32("multiplier"), VMSTATE_UINT32("divider")),
    source="QEMU 7.2 hw/core/clock-vmstate.c: vmstate_muldiv",
)

vmstate_clock = VMStateDescription(
    name="clock",
    pre_load=_unscale,
    fields=(VMSTATE_UINT64("period"),),
    subsections=(vmstate_muldiv,),
    source="QEMU 7.2 hw/core/clock-vmstate.c: vmstate_clock",
)


def VMSTATE_CLOCK_V(f: str, version: int) -> Field:
    """A clock that the state points to, from *version* on.

    Wire: 8 bytes period in units of 2⁻³² ns; then maybe ``clock/muldiv``.
    Source: QEMU 11.1 include/hw/core/clock.h.
    """
    return VMSTATE_STRUCT_POINTER_V(f, version, vmstate_clock)


def VMSTATE_CLOCK(f: str) -> Field:
    """A clock that the state points to.

    Wire: 8 bytes period in units of 2⁻³² ns; then maybe ``clock/muldiv``.
    Source: QEMU 11.1 include/hw/core/clock.h.
    """
    return VMSTATE_CLOCK_V(f, 0)


def VMSTATE_ARRAY_CLOCK_V(f: str, num: int, version: int) -> Field:
    """An array of *num* pointers to clocks, from *version* on.

    Wire: for each pointer a clock, or the byte 0x30 if it is null.
    Source: QEMU 11.1 include/hw/core/clock.h.
    """
    return VMSTATE_ARRAY_OF_POINTER_TO_STRUCT(f, num, version, vmstate_clock)


def VMSTATE_ARRAY_CLOCK(f: str, num: int) -> Field:
    """An array of *num* pointers to clocks.

    Wire: for each pointer a clock, or the byte 0x30 if it is null.
    Source: QEMU 11.1 include/hw/core/clock.h.
    """
    return VMSTATE_ARRAY_CLOCK_V(f, num, 0)
