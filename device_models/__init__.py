"""Python models of hardware, described with ``vmstate``.

Pure: time comes from a virtual clock, interrupts are values, nothing is read from outside.
"""

from device_models.catalog import MACHINES, build
from device_models.machine import Machine

__all__ = ["MACHINES", "Machine", "build"]
