"""VMware SVGA II: registers behind an index, and commands in a FIFO of the adapter's own memory.

Source: VMware SVGA Device Developer Kit, doc/gmr.txt and include/svga_reg.h; QEMU 7.2
hw/display/vmware_vga.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.pci.function import Function

_VENDOR, _DEVICE = 0x15AD, 0x0405
_PORTS, _FRAME, _FIFO = 0, 1, 2
_PORTS_SIZE, _FRAME_SIZE, _FIFO_SIZE = 0x8, 0x10_0000, 0x1_0000

_INDEX, _VALUE = 0, 1
_ID, _ENABLE, _WIDTH, _HEIGHT, _CONFIG_DONE, _SYNC, _GUEST = 0, 1, 2, 3, 20, 21, 23
_CURSOR_ID, _CURSOR_X, _CURSOR_Y, _CURSOR_ON, _SCRATCH = 24, 25, 26, 27, 1792
_ID_2 = 0x9000_0002

#: Commands: update, copy a rectangle, define a cursor, fence.
_UPDATE, _RECT_COPY, _DEFINE_CURSOR, _FENCE = 1, 3, 19, 30
#: Where commands begin in the FIFO, behind its own registers: first, end, next, stop.
_FIRST = 0x200
_NEXT, _STOP = 8, 12

#: A console that nothing has been shown on is as wide as this, of four bytes each.
_CONSOLE_WIDTH, _LINE, _PIXELS = 640, 4, 16
_PATTERN = bytes(range(4 * _PIXELS))


class VmwareSvgaDriver:
    """The registers and the FIFO of one adapter."""

    name = "vmware-svga"

    def fits(self, function: Function) -> bool:
        """Whether *function* is a VMware SVGA II adapter."""
        return (
            (function.vendor_id, function.device_id) == (_VENDOR, _DEVICE)
            and has_bar(function, _PORTS, _PORTS_SIZE)
            and has_bar(function, _FRAME, _FRAME_SIZE)
            and has_bar(function, _FIFO, _FIFO_SIZE)
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:  # noqa: ARG002 (the protocol)
        """Agree on the version, empty the FIFO, and enable."""
        fifo = Registers.of(function, _FIFO).bar.address
        return (
            *_set(function, _ID, _ID_2),
            store(fifo, pack("<4I", _FIRST, _FIFO_SIZE, _FIRST, _FIRST)),
            *_set(function, _ENABLE, 1),
            *_set(function, _CONFIG_DONE, 1),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:  # noqa: ARG002 (the protocol)
        """Return commands in the FIFO, or registers."""
        how = draw.below(6)
        if how == 0:
            return (
                *_set(function, _CURSOR_ID, draw.below(8)),
                *_set(function, _CURSOR_X, draw.below(640)),
                *_set(function, _CURSOR_Y, draw.below(480)),
                *_set(function, _CURSOR_ON, draw.below(4)),
            )
        if how == 1:
            return (
                *_set(function, _WIDTH, draw.choose((640, 800, 1024, 320))),
                *_set(function, _HEIGHT, draw.choose((480, 600, 768, 200))),
            )
        if how == 2:
            return _set(function, _SCRATCH + draw.below(64), draw.below(1 << 32))
        if how == 3:
            return (
                *_set(function, _GUEST, 0x5001 + draw.below(12)),
                *_set(function, draw.choose((_ENABLE, _CONFIG_DONE)), draw.below(2)),
                *_set(function, _ENABLE, 1),
                *_set(function, _CONFIG_DONE, 1),
            )
        commands = b"".join(_command(draw) for _ in range(draw.choose((1, 2, 5))))
        # Now and then the last one has not arrived as a whole.
        missing = 4 if draw.below(8) == 7 else 0
        return _run(function, commands, missing)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a copy of a line of pixels within the adapter's memory."""
        frame = Registers.of(function, _FRAME).bar.address
        target = frame + _LINE * 4 * _CONSOLE_WIDTH
        fifo = Registers.of(function, _FIFO).bar.address
        copy = pack("<7I", _RECT_COPY, 0, 0, 0, _LINE, _PIXELS, 1)
        return Transfer(
            self.start(function, arena),
            (
                store(frame, _PATTERN),
                fill(target, len(_PATTERN), 0xA5),
                *_run(function, copy),
            ),
            (
                Check(fetch(target, len(_PATTERN)), _PATTERN),
                Check(fetch(fifo + _STOP, 4), pack("<I", _FIRST + len(copy))),
            ),
        )


def _set(function: Function, register: int, value: int) -> tuple[Command, ...]:
    ports = Registers.of(function, _PORTS)
    return ports.write(_INDEX, register), ports.write(_VALUE, value)


def _run(function: Function, commands: bytes, missing: int = 0) -> tuple[Command, ...]:
    """Return what puts *commands* into an empty FIFO and waits for their end."""
    fifo = Registers.of(function, _FIFO).bar.address
    return (
        store(fifo + _FIRST, commands),
        store(fifo + _NEXT, pack("<II", _FIRST + len(commands) - missing, _FIRST)),
        *_set(function, _SYNC, 1),
    )


def _command(draw: Draw) -> bytes:
    code = draw.choose((_UPDATE, _RECT_COPY, _DEFINE_CURSOR, _FENCE))
    x, y = draw.below(256), draw.below(256)
    if code == _UPDATE:
        return pack("<5I", code, x, y, 64, 64)
    if code == _RECT_COPY:
        return pack("<7I", code, x, y, draw.below(256), draw.below(256), 32, 16)
    if code == _DEFINE_CURSOR:
        # Eight by eight, in black and white: a mask and an image of a word for each line.
        return pack("<8I", code, 1, x & 7, y & 7, 8, 8, 0, 1) + bytes(2 * 8 * 4)
    return pack("<2I", code, x)
