"""QEMU's state description language: bytes in, values out.

No device, no process, no clock.  This is the only import path that users need; the
``VMSTATE_*`` macros are in ``vmstate.macros``.
"""

from vmstate.description import VMS, Field, VMStateDescription
from vmstate.errors import (
    DescriptionError,
    EncodeError,
    StreamError,
    TruncatedStreamError,
    VersionError,
    VMStateError,
)
from vmstate.interpreter import Saved, Span, load, save

__all__ = [
    "VMS",
    "DescriptionError",
    "EncodeError",
    "Field",
    "Saved",
    "Span",
    "StreamError",
    "TruncatedStreamError",
    "VMStateDescription",
    "VMStateError",
    "VersionError",
    "load",
    "save",
]
