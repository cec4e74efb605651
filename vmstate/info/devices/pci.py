"""PCI devices: the configuration space and the interrupt lines.

Source: QEMU 11.1 hw/pci/pci.c: vmstate_info_pci_config, vmstate_info_pci_irq_state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, cast

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError

#: Bytes of a configuration space: conventional PCI, PCI Express.
CONFIG_SIZE, EXPRESS_CONFIG_SIZE = 256, 4096
_SPACES = ("config", "cmask", "wmask", "w1cmask")
_PINS = 4


class ConfigSpaceLike(Protocol):
    """What the codec asks of a configuration space: four bytearrays of one size.

    Attributes:
        config: the bytes.
        cmask: bits that are compared when loading.
        wmask: bits that the guest can write; they are not compared.
        w1cmask: bits that the guest can clear by writing ones; they are not compared.
    """

    config: bytearray
    cmask: bytearray
    wmask: bytearray
    w1cmask: bytearray


@dataclass(slots=True)
class ConfigSpace:
    """A configuration space; see :class:`ConfigSpaceLike`."""

    config: bytearray
    cmask: bytearray
    wmask: bytearray
    w1cmask: bytearray

    @classmethod
    def blank(cls, size: int = CONFIG_SIZE) -> Self:
        """Return a space of *size* zeros that takes any bytes."""
        return cls(*(bytearray(size) for _ in _SPACES))


class ConfigCodec:
    """The codec of ``config``; the value is an object as :class:`ConfigSpaceLike`.

    A device may hold the four itself: the field is then one that takes the whole state.
    The field's size is 256 or 4096 bytes.
    """

    __slots__ = ()
    name = "pci config"

    def load(self, reader: Reader, current: object, size: int) -> object:
        """Read *size* bytes into *current*'s config and return *current*.

        Raises:
            StreamError: a bit that must be equal on both sides is not, or *current* is no
                space of *size* bytes.
        """
        offset = reader.offset
        data = reader.take(size)
        space = _space(reader, current, size)
        sent, here, compared, writable, clearable = (
            int.from_bytes(part)
            for part in (data, space.config, space.cmask, space.wmask, space.w1cmask)
        )
        wrong = (sent ^ here) & compared & ~writable & ~clearable
        if wrong:
            index = size - (wrong.bit_length() + 7) // 8
            masks = ", ".join(f"{name} {getattr(space, name)[index]:#04x}" for name in _SPACES[1:])
            raise StreamError(
                f"config byte {index:#x}: {data[index]:#04x} was sent, "
                f"{space.config[index]:#04x} is here ({masks}): is it the same device?",
                offset=offset + index,
                path=reader.path,
            )
        space.config[:] = data
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write the config; EncodeError unless *value* is a space of *size* bytes."""
        writer.put(_space(writer, value, size).config)

    def __repr__(self) -> str:
        return "PCI_CONFIG"


class IrqState:
    """The codec of ``irq_state``: pins A to D, 32 bits each.

    The value is an int of four bits; bit 0 is pin A.
    """

    __slots__ = ()
    name = "pci irq state"
    format = "IIII"

    def load(self, reader: Reader, current: object, size: int) -> int:  # noqa: ARG002 (protocol)
        """Read the four levels.

        Raises:
            StreamError: one is neither 0 nor 1.
        """
        state = 0
        for pin in range(_PINS):
            offset = reader.offset
            level = reader.unsigned(4)
            if level not in (0, 1):
                raise StreamError(
                    f"pin {'ABCD'[pin]}: level {level} was sent: expected 0 or 1",
                    offset=offset,
                    path=reader.path,
                )
            state |= level << pin
        return state

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the four levels; EncodeError unless *value* is an int of four bits."""
        if not isinstance(value, int) or not 0 <= value < 1 << _PINS:
            raise writer.unfit(value, "not the levels of four pins, an integer of 4 bits")
        for pin in range(_PINS):
            writer.integer(value >> pin & 1, 4)

    def __repr__(self) -> str:
        return "PCI_IRQ_STATE"


PCI_CONFIG = ConfigCodec()
PCI_IRQ_STATE = IrqState()


def _space(cursor: Reader | Writer, value: object, size: int) -> ConfigSpaceLike:
    parts = [getattr(value, name, None) for name in _SPACES]
    if not all(isinstance(part, bytearray) and len(part) == size for part in parts):
        raise cursor.unfit(
            value, f"not a configuration space: {', '.join(_SPACES)} must have {size} bytes each"
        )
    return cast("ConfigSpaceLike", value)
