"""Every exception of the device models.

::

    DeviceModelError                 abstract
    ├── SpecError                    our fault: a machine that contradicts itself
    └── StateError                   a stream that is not this machine's
"""

from __future__ import annotations


class DeviceModelError(Exception):
    """Whatever goes wrong with a model; never raised itself."""


class SpecError(DeviceModelError):
    """A machine that contradicts itself: ports claimed twice, a section named twice."""

    def __init__(self, machine: str, why: str) -> None:
        super().__init__(machine, why)
        self.machine = machine
        self.why = why

    def __str__(self) -> str:
        return f"machine {self.machine!r}: {self.why}"


class StateError(DeviceModelError):
    """A stream that this machine can't load.

    Args:
        why: what was found and what was expected.
        offset: where in the stream.
    """

    def __init__(self, why: str, offset: int) -> None:
        super().__init__(why, offset)
        self.why = why
        self.offset = offset

    def __str__(self) -> str:
        return f"machine state at offset {self.offset:#x}: {self.why}"
