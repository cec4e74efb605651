"""Timers: when one fires, in the state, behind a pointer, or in an array of either.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest
from vmstate.info import TIMER
from vmstate.macros.pointers import VMSTATE_ARRAY_OF_POINTER
from vmstate.macros.scalar import Scalar
from vmstate.macros.single import VMSTATE_POINTER, VMSTATE_POINTER_TEST

_TIMER = Scalar("TIMER", TIMER, "8 bytes of nanoseconds, all ones if it is not armed")
VMSTATE_TIMER = _TIMER.plain()
VMSTATE_TIMER_V = _TIMER.from_version()
VMSTATE_TIMER_TEST = _TIMER.tested()
VMSTATE_TIMER_ARRAY = _TIMER.array()


def VMSTATE_TIMER_PTR_TEST(f: str, test: FieldTest | None) -> Field:
    """One timer that the state points to, if *test* says so.

    Wire: 8 bytes of nanoseconds, all ones if it is not armed.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_POINTER_TEST(f, test, TIMER)


def VMSTATE_TIMER_PTR_V(f: str, v: int) -> Field:
    """One timer that the state points to, from version *v* on.

    Wire: 8 bytes of nanoseconds, all ones if it is not armed.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_POINTER(f, v, TIMER)


def VMSTATE_TIMER_PTR(f: str) -> Field:
    """One timer that the state points to.

    Wire: 8 bytes of nanoseconds, all ones if it is not armed.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_TIMER_PTR_V(f, 0)


def VMSTATE_TIMER_PTR_ARRAY(f: str, n: int) -> Field:
    """An array of *n* pointers to timers, any of which may be null.

    Wire: for each pointer 8 bytes of nanoseconds, or the byte 0x30 if it is null.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_ARRAY_OF_POINTER(f, n, 0, TIMER)
