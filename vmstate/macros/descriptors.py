"""File descriptors, which travel beside the bytes.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.info import FD
from vmstate.macros.scalar import Scalar

_FD = Scalar(
    "FD",
    FD,
    "1 byte, 0x20, with the descriptor beside it; 4 bytes of its number in mode cpr-exec",
    "QEMU 11.1 include/migration/vmstate.h, since 10.0",
    noun="file descriptor",
)
VMSTATE_FD = _FD.plain()
VMSTATE_FD_V = _FD.from_version()
VMSTATE_FD_TEST = _FD.tested()
