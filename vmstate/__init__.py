"""QEMU's state description language: bytes in, values out.

No device, no process, no clock.  This is the only import path that users need; the
``VMSTATE_*`` macros are in ``vmstate.macros``.
"""

from vmstate.description import Field, VMStateDescription
from vmstate.errors import (
    ContradictionError,
    DescriptionError,
    EncodeError,
    SourceError,
    StreamError,
    TruncatedStreamError,
    UnknownError,
    VersionError,
    VMStateError,
)
from vmstate.flags import VMS, MigrationPriority
from vmstate.interpreter import load, save
from vmstate.layout import FieldLayout, Span, StateLayout
from vmstate.release import LATEST, Release
from vmstate.saved import Saved
from vmstate.sections import SectionId, first_blocker, name_section, saving_order

__all__ = [
    "LATEST",
    "VMS",
    "ContradictionError",
    "DescriptionError",
    "EncodeError",
    "Field",
    "FieldLayout",
    "MigrationPriority",
    "Release",
    "Saved",
    "SectionId",
    "SourceError",
    "Span",
    "StateLayout",
    "StreamError",
    "TruncatedStreamError",
    "UnknownError",
    "VMStateDescription",
    "VMStateError",
    "VersionError",
    "first_blocker",
    "load",
    "name_section",
    "save",
    "saving_order",
]
