"""Codecs: how one element of a field is turned into bytes and back.

One wire type per file.  A codec knows its bytes; it knows no fields, versions or
sections.  Names are those of QEMU's vmdesc ("JSON type").
"""

from vmstate.info.boolean import BOOL
from vmstate.info.buffer import BUFFER, UNUSED_BUFFER
from vmstate.info.integer import (
    INT8,
    INT16,
    INT32,
    INT64,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    Integer,
)
from vmstate.info.protocol import Info
from vmstate.info.timer import TIMER, TimerLike

__all__ = [
    "BOOL",
    "BUFFER",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "TIMER",
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "UNUSED_BUFFER",
    "Info",
    "Integer",
    "TimerLike",
]
