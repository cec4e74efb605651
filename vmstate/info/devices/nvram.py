"""Numbers that became wider: read from old streams, never saved.

Source: QEMU 11.1 hw/nvram/fw_cfg.c, vmstate_hack_uint32_as_uint16;
hw/nvram/eeprom93xx.c, vmstate_hack_uint16_from_uint8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from vmstate.cursor import Reader, Writer


@dataclass(frozen=True, slots=True, repr=False)
class Widened:
    """A codec of a number that older versions sent in fewer bytes; the value is an int.

    Args:
        symbol: what it is called in :mod:`vmstate.info.devices`.
        name: the type's name in a vmdesc.
        bytes_: how many bytes older versions sent.
    """

    symbol: str
    name: str
    bytes_: int

    def load(self, reader: Reader, current: object, size: int) -> int:  # noqa: ARG002 (protocol)
        """Read the number."""
        return reader.unsigned(self.bytes_)

    def save(self, writer: Writer, value: object, size: int) -> NoReturn:  # noqa: ARG002 (protocol)
        """Refuse: raise EncodeError.

        QEMU prints a warning, or nothing, and sends no byte; a stream without it can't be
        loaded.
        """
        raise writer.unfit(value, f"{self.name} is read from old streams only, never saved")

    def __repr__(self) -> str:
        return self.symbol


HACK_UINT32_AS_UINT16 = Widened("HACK_UINT32_AS_UINT16", "int32_as_uint16", 2)
HACK_UINT16_FROM_UINT8 = Widened("HACK_UINT16_FROM_UINT8", "uint16_from_uint8", 1)
