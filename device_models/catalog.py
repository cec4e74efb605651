"""The machines that there are, by name."""

from __future__ import annotations

from collections.abc import Callable

from device_models.errors import SpecError
from device_models.machine import Machine
from device_models.pc.machine import build_pc

#: How each machine is made.
MACHINES: dict[str, Callable[[], Machine]] = {"pc": build_pc}


def build(name: str) -> Machine:
    """Return a new machine in its power-on state.

    Raises:
        SpecError: there is no such machine; names those that there are.
    """
    if name not in MACHINES:
        raise SpecError(name, f"there is no such model; there are: {', '.join(sorted(MACHINES))}")
    return MACHINES[name]()
