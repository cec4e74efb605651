"""What a machine asks of a device: a state, its description, ports and a reset.

All that a device remembers is in its state; no other attribute may influence what it
does.  That rule is what the harness is there to check.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vmstate import VMStateDescription


@dataclass(frozen=True, slots=True)
class Ports:
    """A run of byte-wide I/O ports that one handler pair decodes.

    Attributes:
        name: the region's name, as QEMU calls it, e.g. ``dma-cont``.
        start: first port.
        size: how many.
        read: offset within the region → byte.
        write: offset within the region, byte.
        offset: offset of *start* as the handlers count.
    """

    name: str
    start: int
    size: int
    read: Callable[[int], int]
    write: Callable[[int, int], None]
    offset: int = 0


class Device(Protocol):
    """A device of a machine."""

    @property
    def type(self) -> str:
        """QOM type of the same device in QEMU, e.g. ``isa-pit``."""

    @property
    def vmsd(self) -> VMStateDescription:
        """What its state is made of."""

    @property
    def state(self) -> object:
        """All that it remembers; reset may replace it, loading changes it in place."""

    @property
    def ports(self) -> tuple[Ports, ...]:
        """The ports that it decodes; fixed for its lifetime."""

    def reset(self) -> None:
        """Take the state that the reset line gives."""
