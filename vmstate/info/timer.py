"""Timers: when one fires, in nanoseconds of virtual time; all ones where it is not armed.

Source: QEMU 7.2 migration/savevm.c, vmstate_info_timer (timer_put, timer_get).
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from vmstate.cursor import Reader, Writer

_NOT_ARMED = (1 << 64) - 1


@runtime_checkable
class TimerLike(Protocol):
    """What the codec asks of a timer."""

    expire_ns: int | None

    def modify(self, expire_ns: int) -> None:
        """Arm it to fire at *expire_ns*."""

    def delete(self) -> None:
        """Disarm it."""


class TimerInfo:
    """The codec of ``VMSTATE_TIMER`` and ``VMSTATE_TIMER_PTR``; loads into the timer itself."""

    __slots__ = ()
    name = "timer"
    #: There is no ``convert``: the value is an object that the destination holds.
    format = "Q"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read eight bytes and arm or disarm *current* with them; return *current*.

        Raises:
            StreamError: *current* is no timer.
        """
        expire_ns = reader.unsigned(8)
        if not isinstance(current, TimerLike):
            raise reader.unfit(current, "not a timer")
        if expire_ns == _NOT_ARMED:
            current.delete()
        else:
            current.modify(expire_ns)
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write when the timer fires; EncodeError if *value* is no timer."""
        if not isinstance(value, TimerLike):
            raise writer.unfit(value, "not a timer")
        writer.integer(_NOT_ARMED if value.expire_ns is None else value.expire_ns, 8)

    def __repr__(self) -> str:
        return "TIMER"


TIMER = TimerInfo()
