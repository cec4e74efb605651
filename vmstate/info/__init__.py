"""Codecs: how one element of a field is turned into bytes and back.

One wire type per file.  A codec knows its bytes; it knows no fields, versions or
sections.  Names are those of QEMU's vmdesc ("JSON type").
"""

from vmstate.info.boolean import BOOL
from vmstate.info.buffer import BUFFER, PARTIAL_BUFFER, UNUSED_BUFFER, Buffer
from vmstate.info.containers import GTREE, QLIST, QTAILQ, TMP
from vmstate.info.cpu_double import CPUDOUBLE
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
from vmstate.info.protocol import Container, Engine, Factory, Fixed, Holder, Info, Plain, Vmsd
from vmstate.info.timer import TIMER, TimerLike

__all__ = [
    "BOOL",
    "BUFFER",
    "CPUDOUBLE",
    "GTREE",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "PARTIAL_BUFFER",
    "QLIST",
    "QTAILQ",
    "TIMER",
    "TMP",
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "UNUSED_BUFFER",
    "Buffer",
    "Container",
    "Engine",
    "Factory",
    "Fixed",
    "Holder",
    "Info",
    "Integer",
    "Plain",
    "TimerLike",
    "Vmsd",
]
