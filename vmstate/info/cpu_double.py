"""Doubles of a CPU, by their bits: upper word, then lower word, as one 64-bit integer.

Source: QEMU 11.1 migration/vmstate-types.c, vmstate_info_cpudouble.
"""

from __future__ import annotations

from typing import cast

from vmstate.cursor import Reader, Writer


class CpuDouble:
    """The codec of ``VMSTATE_CPUDOUBLE_ARRAY``; the value is the 64 bits as an int.

    Bits, not a float: the payload of a NaN must survive.
    """

    __slots__ = ()
    name = "CPU_Double_U"
    format = "Q"
    convert = None

    def load(self, reader: Reader, current: object, size: int) -> int:  # noqa: ARG002 (protocol)
        """Read the 64 bits."""
        return reader.unsigned(8)

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the 64 bits; EncodeError if they are more."""
        writer.integer(cast("int", value), 8)

    def __repr__(self) -> str:
        return "CPUDOUBLE"


CPUDOUBLE = CpuDouble()
