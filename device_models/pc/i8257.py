"""Intel 8237A, the DMA controller of the PC (QEMU calls its device i8257); a PC has two.

Owns the four channels' registers, the command, mask and status registers, and the page
registers that stand beside the chip.  It must not know memory or any device: nothing asks
for a transfer, so a software request stays pending and no count ever ends.

Where QEMU's device differs from the data sheet, this one is QEMU's: the mask can be read at
the request register's port; commands that ask for what QEMU lacks are ignored; a channel's
current address and count start anew when the high byte of either base is written.  Unlike
QEMU's, this one's section keeps the status register, in a subsection that is only there
when a bit is set.

Source: Intel 8237A data sheet (231466), "Register Description", "Software Commands";
QEMU 7.2 hw/dma/i8257.c.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import ClassVar

from device_models.device import Ports
from vmstate import VMStateDescription
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_INT32_ARRAY,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT16_ARRAY,
)

#: Indices into ``now`` and ``base``.
ADDRESS, COUNT = 0, 1

#: Command bits that QEMU knows: controller disable.  Source: QEMU 7.2 CMD_NOT_SUPPORTED.
_COMMAND_SUPPORTED = 0x04
#: Channel whose page a page port holds, by the port's low three bits.
_PAGE_CHANNELS = {1: 2, 2: 3, 3: 1, 7: 0}
_MODE_DECREMENT = 0x20


class Control(enum.IntEnum):
    """Registers of the second half of the chip, as they are written."""

    COMMAND = 0
    REQUEST = 1
    SINGLE_MASK = 2
    MODE = 3
    CLEAR_FLIP_FLOP = 4
    MASTER_CLEAR = 5
    CLEAR_MASK = 6
    ALL_MASK = 7


@dataclass(slots=True)
class DMAChannelState:
    """One channel.

    Attributes:
        now: address at which the transfer began, and how much of it is done.
        base: base address and base count.
        mode: its mode register.
        page: address bits 16 to 23.
        pageh: address bits 24 to 31, on machines that have them.
        dack: unused; QEMU sends it.
        eop: unused; QEMU sends it.
    """

    now: list[int] = field(default_factory=lambda: [0, 0])
    base: list[int] = field(default_factory=lambda: [0, 0])
    mode: int = 0
    page: int = 0
    pageh: int = 0
    dack: int = 0
    eop: int = 0


@dataclass(slots=True)
class DMAState:
    """One controller.

    Attributes:
        dshift: log2 of the bytes in a transfer; wired, but QEMU sends it.
        command: the command register.
        mask: the mask register, as it was written.
        flip_flop: 1 if the next access is to a high byte.
        regs: the channels.
        status: requests (bits 4 to 7) and terminal counts (bits 0 to 3).
    """

    dshift: int
    command: int = 0
    mask: int = 0xFF
    flip_flop: int = 0
    regs: list[DMAChannelState] = field(
        default_factory=lambda: [DMAChannelState() for _ in range(4)]
    )
    status: int = 0

    def flip(self) -> int:
        """Return the first/last flip-flop and turn it over."""
        was = int(bool(self.flip_flop))
        self.flip_flop = 1 - was
        return was


def _has_status(state: DMAState) -> bool:
    return state.status != 0


def _clear_status(state: DMAState) -> None:
    # A stream without the subsection says that no bit is set.
    state.status = 0


STATUS_VMSD = VMStateDescription(
    name="dma/status",
    version_id=1,
    minimum_version_id=1,
    needed=_has_status,
    fields=(VMSTATE_UINT8("status"),),
    source="our own: QEMU 7.2 loses the status register",
)

CHANNEL_VMSD = VMStateDescription(
    name="dma_regs",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_INT32_ARRAY("now", 2),
        VMSTATE_UINT16_ARRAY("base", 2),
        VMSTATE_UINT8("mode"),
        VMSTATE_UINT8("page"),
        VMSTATE_UINT8("pageh"),
        VMSTATE_UINT8("dack"),
        VMSTATE_UINT8("eop"),
    ),
    source="QEMU 7.2 hw/dma/i8257.c: vmstate_i8257_regs",
)

I8257_VMSD = VMStateDescription(
    name="dma",
    version_id=1,
    minimum_version_id=1,
    pre_load=_clear_status,
    fields=(
        VMSTATE_UINT8("command"),
        VMSTATE_UINT8("mask"),
        VMSTATE_UINT8("flip_flop"),
        VMSTATE_INT32("dshift"),
        VMSTATE_STRUCT_ARRAY("regs", 4, 1, CHANNEL_VMSD),
    ),
    subsections=(STATUS_VMSD,),
    source="QEMU 7.2 hw/dma/i8257.c: vmstate_i8257",
)


class I8257:
    """One controller and its page registers.

    Args:
        base: first port; 16 registers stand 1 << *dshift* ports apart.
        page_base: the page registers are 1, 2, 3 and 7 above it.
        pageh_base: the same for the high page registers; None if there are none.
        dshift: 0 for byte transfers, 1 for words.
    """

    type: ClassVar[str] = "i8257"
    vmsd: ClassVar[VMStateDescription] = I8257_VMSD

    def __init__(self, base: int, page_base: int, pageh_base: int | None, dshift: int) -> None:
        self._dshift = dshift
        half = 8 << dshift
        ports = [
            Ports("dma-chan", base, half, self._read_channel, self._write_channel),
            Ports("dma-cont", base + half, half, self._read_control, self._write_control),
        ]
        for start, size in ((1, 3), (7, 1)):
            place = page_base + start
            ports.append(Ports("dma-page", place, size, self._read_page, self._write_page, start))
        if pageh_base is not None:
            for start, size in ((1, 3), (7, 1)):
                place = pageh_base + start
                ports.append(
                    Ports("dma-pageh", place, size, self._read_pageh, self._write_pageh, start)
                )
        self.ports = tuple(ports)
        self.state = DMAState(dshift)

    def reset(self) -> None:
        """Mask all channels and forget the rest.

        The chip's own reset leaves the channels' registers alone, of which software can
        rely on nothing; here they are cleared, so that a reset always gives one state.
        """
        self.state = DMAState(self._dshift)

    def _read_channel(self, offset: int) -> int:
        number, which = divmod(offset >> self._dshift, 2)
        channel = self.state.regs[number]
        if which == COUNT:
            value = (channel.base[COUNT] << self._dshift) - channel.now[COUNT]
        else:
            sign = -1 if channel.mode & _MODE_DECREMENT else 1
            value = channel.now[ADDRESS] + sign * channel.now[COUNT]
        return (value >> (self._dshift + 8 * self.state.flip())) & 0xFF

    def _write_channel(self, offset: int, value: int) -> None:
        number, which = divmod(offset >> self._dshift, 2)
        channel = self.state.regs[number]
        if self.state.flip():
            channel.base[which] = channel.base[which] & 0x00FF | value << 8
            channel.now = [channel.base[ADDRESS] << self._dshift, 0]
        else:
            channel.base[which] = channel.base[which] & 0xFF00 | value

    def _read_control(self, offset: int) -> int:
        state = self.state
        match offset >> self._dshift:
            case Control.COMMAND:
                # Reading the status clears the terminal counts.
                status = state.status
                state.status &= 0xF0
                return status
            case Control.REQUEST:
                return state.mask
        return 0

    def _write_control(self, offset: int, value: int) -> None:
        state = self.state
        match Control(offset >> self._dshift):
            case Control.COMMAND:
                if not value & ~_COMMAND_SUPPORTED:
                    state.command = value
            case Control.REQUEST:
                self._write_request(value)
            case Control.SINGLE_MASK:
                bit = 1 << (value & 3)
                state.mask = state.mask | bit if value & 4 else state.mask & ~bit
            case Control.MODE:
                state.regs[value & 3].mode = value
            case Control.CLEAR_FLIP_FLOP:
                state.flip_flop = 0
            case Control.MASTER_CLEAR:
                state.command = state.status = state.flip_flop = 0
                state.mask = 0xFF
            case Control.CLEAR_MASK | Control.ALL_MASK as control:
                state.mask = value if control == Control.ALL_MASK else 0

    def _write_request(self, value: int) -> None:
        """Set or clear a channel's request; either way its terminal count is cleared."""
        state, bit = self.state, 1 << (value & 3)
        state.status &= ~(bit | bit << 4) & 0xFF
        if value & 4:
            state.status |= bit << 4

    def _page_channel(self, offset: int) -> DMAChannelState:
        return self.state.regs[_PAGE_CHANNELS[offset]]

    def _read_page(self, offset: int) -> int:
        return self._page_channel(offset).page

    def _write_page(self, offset: int, value: int) -> None:
        self._page_channel(offset).page = value

    def _read_pageh(self, offset: int) -> int:
        return self._page_channel(offset).pageh

    def _write_pageh(self, offset: int, value: int) -> None:
        self._page_channel(offset).pageh = value
