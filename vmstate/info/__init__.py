"""Codecs: how one element of a field is turned into bytes and back.

One wire type per file.  A codec knows its bytes; it knows no fields, versions or
sections.  Names are those of QEMU's vmdesc ("JSON type").  Constants have QEMU's C names
without ``vmstate_info_``; those that only one device or target uses are in
:mod:`vmstate.info.devices`.
"""

from vmstate.info.bitmap import BITMAP
from vmstate.info.boolean import BOOL
from vmstate.info.buffer import BUFFER, PARTIAL_BUFFER, UNUSED_BUFFER, Buffer
from vmstate.info.byte_array import G_BYTE_ARRAY
from vmstate.info.capability import CAPABILITY, Capability
from vmstate.info.containers import GTREE, QLIST, QTAILQ, TMP
from vmstate.info.cpu_double import CPUDOUBLE
from vmstate.info.descriptor import FD
from vmstate.info.equal import (
    INT32_EQUAL,
    UINT8_EQUAL,
    UINT16_EQUAL,
    UINT32_EQUAL,
    UINT64_EQUAL,
    Equal,
)
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
from vmstate.info.less_or_equal import INT32_LE
from vmstate.info.pointer_marker import PTR_MARKER
from vmstate.info.protocol import Container, Engine, Factory, Fixed, Holder, Info, Plain, Vmsd
from vmstate.info.timer import TIMER, TimerLike

__all__ = [
    "BITMAP",
    "BOOL",
    "BUFFER",
    "CAPABILITY",
    "CPUDOUBLE",
    "FD",
    "GTREE",
    "G_BYTE_ARRAY",
    "INT8",
    "INT16",
    "INT32",
    "INT32_EQUAL",
    "INT32_LE",
    "INT64",
    "PARTIAL_BUFFER",
    "PTR_MARKER",
    "QLIST",
    "QTAILQ",
    "TIMER",
    "TMP",
    "UINT8",
    "UINT8_EQUAL",
    "UINT16",
    "UINT16_EQUAL",
    "UINT32",
    "UINT32_EQUAL",
    "UINT64",
    "UINT64_EQUAL",
    "UNUSED_BUFFER",
    "Buffer",
    "Capability",
    "Container",
    "Engine",
    "Equal",
    "Factory",
    "Fixed",
    "Holder",
    "Info",
    "Integer",
    "Plain",
    "TimerLike",
    "Vmsd",
]
