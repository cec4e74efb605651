"""What the values of devices' own codecs can be, for strategies that draw states of devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis.strategies import SearchStrategy, just

from harness.strategies.kinds import Numbers
from harness.strategies.runs import masks
from harness.strategies.values import values_of
from vmstate.info.devices.msix import Msix, MsixCodec
from vmstate.info.devices.nvram import Widened
from vmstate.info.devices.pci import ConfigCodec, ConfigSpace, IrqState
from vmstate.info.devices.scsi_requests import ScsiRequests


class Spaces:
    """Configuration spaces; any bit may be turned over."""

    def zero(self, size: int) -> ConfigSpace:
        return ConfigSpace.blank(size)

    def near(self, current: ConfigSpace, size: int, most: int) -> SearchStrategy[ConfigSpace]:
        return masks(size, most).map(lambda mask: _turned(current, current.config, mask))

    def other(self, value: ConfigSpace, size: int) -> ConfigSpace:
        return _turned(value, value.config, b"\xff" * size)


class MsixTables:
    """Tables of MSI-X, of as many vectors as there are."""

    def zero(self, size: int) -> None:
        return None

    def near(self, current: Msix | None, size: int, most: int) -> SearchStrategy[Msix | None]:
        length = len(current.table) if current else 0
        return masks(length, most).map(
            lambda mask: current and _turned(current, current.table, mask)
        )

    def other(self, value: Msix | None, size: int) -> Msix | None:
        return value and _turned(value, value.table, b"\xff" * len(value.table))


def _turned(holder: Any, data: bytearray, mask: bytes) -> Any:
    data[:] = bytes(one ^ bits for one, bits in zip(data, mask, strict=True))
    return holder


class Unchanged:
    """Values that stay what they are, such as requests on their way to a disk."""

    def zero(self, size: int) -> list[Any]:
        return []

    def near(self, current: Any, size: int, most: int) -> SearchStrategy[Any]:
        return just(current)

    def other(self, value: Any, size: int) -> Any:
        return value


#: What this module says of codecs, in the place of what the tool says.
VALUES: dict[type, Callable[[Any], Any]] = {
    ConfigCodec: lambda _: Spaces(),
    MsixCodec: lambda _: MsixTables(),
    IrqState: lambda _: Numbers(0, 15),
    Widened: lambda codec: Numbers(0, (1 << 8 * codec.bytes_) - 1),
    ScsiRequests: lambda _: Unchanged(),
}


@contextmanager
def known() -> Iterator[None]:
    """Let strategies draw these values inside the block, and only there."""
    before = {codec: values_of.dispatch(codec) for codec in VALUES}
    try:
        for codec, values in VALUES.items():
            values_of.register(codec, values)
        yield
    finally:
        for codec, values in before.items():
            values_of.register(codec, values)
