"""The 16550 UART of a PC, on a line that goes nowhere.

What is transmitted is gone at once, as with QEMU's null character device; nothing is ever
received, but for what the chip sends to itself in loopback mode (bit 4 of MCR).  It owns
registers, FIFOs and interrupt priorities; how they are saved is `serial16550_state`'s.

Where it is not QEMU's chip, on purpose:

* In loopback mode the modem inputs follow MCR, with delta bits and the modem status
  interrupt, as the data sheet says; QEMU shows the levels and no changes.
* Reading LSR clears PE and FE too; in QEMU as here they never rise.
* The character time always follows divisor and LCR.  QEMU keeps it beside, does not save
  it, and has another one after a reset than after a load.

Where QEMU differs from the data sheet and this chip follows it: MCR resets to OUT2, divisor
and scratch register are reset, loopback needs no time.

Source: National Semiconductor PC16550D data sheet, section 8; QEMU 7.2 hw/char/serial.c.
"""

from __future__ import annotations

from typing import ClassVar

from device_models.clock import NANOSECONDS_PER_SECOND, Timer, VirtualClock
from device_models.device import Ports
from device_models.lines import Line
from device_models.pc.serial16550_state import (
    FCR_ENABLE,
    IER_MSI,
    IER_RDI,
    IER_RLSI,
    IER_THRI,
    IIR_CTI,
    IIR_FIFOS,
    IIR_ID,
    IIR_MSI,
    IIR_NONE,
    IIR_RDI,
    IIR_RLSI,
    IIR_THRI,
    LSR_BI,
    LSR_DR,
    LSR_FE,
    LSR_OE,
    LSR_PE,
    LSR_TEMT,
    LSR_THRE,
    VMSD,
    IsaSerialState,
    SerialState,
)
from vmstate import VMStateDescription

#: Offsets of the registers: 0 and 1 are the divisor's halves while DLAB is set.
RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCR = range(8)

_LCR_DLAB = 0x80
_FCR_CLEAR_RECEIVER, _FCR_CLEAR_TRANSMITTER = 0x02, 0x04
#: Enable, DMA mode and trigger level stick; the clear bits do not.
_FCR_STICKS = 0xC9
_MCR_LOOP = 0x10
_LSR_ERRORS = LSR_OE | LSR_PE | LSR_FE | LSR_BI
_MSR_RI, _MSR_TERI, _MSR_DELTAS = 0x40, 0x04, 0x0F
#: Received characters at which the FIFO asks for an interrupt.
_TRIGGER_LEVELS = (1, 4, 8, 14)
_BAUD_BASE = 115200
#: About what a divisor of 0 gives.
_BAUD_ZERO = 3500
_MASK64 = (1 << 64) - 1


class Serial16550:
    """A serial port.

    Args:
        clock: the time, for the character timeout.
        base: first of its eight ports.
        irq: its interrupt.
    """

    type: ClassVar[str] = "isa-serial"
    vmsd: ClassVar[VMStateDescription] = VMSD

    def __init__(self, clock: VirtualClock, base: int, irq: Line) -> None:
        self._clock = clock
        self._irq = irq
        self._timeout_timer = Timer(clock, self._character_timeout)
        self._poll_timer = Timer(clock, self._poll_modem_lines)
        self.state = self._new_state()
        self.ports = (Ports("serial", base, 8, self.read, self.write),)

    @property
    def irq_level(self) -> int:
        """The level of the interrupt that the state stands for."""
        return 0 if self.state.state.iir & 0x0F == IIR_NONE else 1

    def reset(self) -> None:
        """Take the state that the master reset pin gives (data sheet, table II)."""
        self._timeout_timer.delete()
        self._poll_timer.delete()
        self.state = self._new_state()
        self._irq.drive(0)

    def read(self, offset: int) -> int:
        """Read a register, with what reading does to it."""
        chip = self.state.state
        if chip.lcr & _LCR_DLAB and offset in (RBR_THR, IER):
            return chip.divider >> 8 * offset & 0xFF
        match offset:
            case 0:
                return self._receive_buffer()
            case 2:
                return self._identify()
            case 5:
                return self._line_status()
            case 6:
                return self._modem_status()
            case _:
                return {IER: chip.ier, LCR: chip.lcr, MCR: chip.mcr, SCR: chip.scr}[offset]

    def write(self, offset: int, value: int) -> None:
        """Write a register; LSR and MSR can't be written."""
        chip = self.state.state
        if chip.lcr & _LCR_DLAB and offset in (RBR_THR, IER):
            shift = 8 * offset
            chip.divider = chip.divider & 0xFF00 >> shift | value << shift
            return
        match offset:
            case 0:
                self._send(value)
            case 1:
                self._enable_interrupts(value & 0x0F)
            case 2:
                self._control_fifos(value)
            case 3:
                chip.lcr = value
            case 4:
                self._control_modem(value & 0x1F)
            case 7:
                chip.scr = value

    def _new_state(self) -> IsaSerialState:
        return IsaSerialState(SerialState(self._timeout_timer, self._poll_timer))

    @property
    def _character_ns(self) -> int:
        """How long a character takes: start, data, parity and stop bits."""
        chip = self.state.state
        parity, stop = chip.lcr >> 3 & 1, 2 if chip.lcr & 0x04 else 1
        bits = 1 + 5 + (chip.lcr & 0x03) + parity + stop
        if chip.divider == 0:
            return bits * NANOSECONDS_PER_SECOND // _BAUD_ZERO
        return bits * chip.divider * NANOSECONDS_PER_SECOND // _BAUD_BASE

    def _update_irq(self) -> None:
        """Find the most urgent interrupt and drive the line (data sheet, table IV)."""
        chip = self.state.state
        chip.iir = chip.iir & 0xF0 | self._most_urgent()
        self._irq.drive(self.irq_level)

    def _most_urgent(self) -> int:
        chip = self.state.state
        if chip.ier & IER_RLSI and chip.lsr & _LSR_ERRORS:
            return IIR_RLSI
        if chip.ier & IER_RDI and chip.timeout_ipending:
            return IIR_CTI
        if chip.ier & IER_RDI and chip.lsr & LSR_DR and self._triggered:
            return IIR_RDI
        if chip.ier & IER_THRI and chip.thr_ipending:
            return IIR_THRI
        if chip.ier & IER_MSI and chip.msr & _MSR_DELTAS:
            return IIR_MSI
        return IIR_NONE

    @property
    def _triggered(self) -> bool:
        chip = self.state.state
        if not chip.fcr_vmstate & FCR_ENABLE:
            return True
        return chip.recv_fifo.num >= _TRIGGER_LEVELS[chip.fcr_vmstate >> 6]

    def _ask_for_more(self) -> None:
        """The transmitter holding register is empty; remembered only where it can interrupt."""
        chip = self.state.state
        chip.lsr |= LSR_THRE
        chip.thr_ipending = 1 if chip.ier & IER_THRI else 0

    def _restart_timeout(self) -> None:
        due = self._clock.now_ns + 4 * self._character_ns
        self.state.state.fifo_timeout_timer.modify(due & _MASK64)

    def _receive_buffer(self) -> int:
        chip = self.state.state
        if chip.fcr_vmstate & FCR_ENABLE:
            byte = chip.recv_fifo.pop() if chip.recv_fifo.num else 0
            chip.timeout_ipending = 0
            if chip.recv_fifo.num:
                self._restart_timeout()
            else:
                chip.lsr &= ~(LSR_DR | LSR_BI)
        else:
            byte = chip.rbr
            chip.lsr &= ~(LSR_DR | LSR_BI)
        self._update_irq()
        return byte

    def _identify(self) -> int:
        chip = self.state.state
        identification = chip.iir
        if identification & IIR_ID == IIR_THRI:
            chip.thr_ipending = 0
            self._update_irq()
        return identification

    def _line_status(self) -> int:
        chip = self.state.state
        status = chip.lsr
        if status & _LSR_ERRORS:
            chip.lsr &= ~_LSR_ERRORS
            self._update_irq()
        return status

    @property
    def _modem_inputs(self) -> int:
        """CTS, DSR, RI and DCD: the pins, or the outputs in loopback (section 8.6)."""
        chip = self.state.state
        if not chip.mcr & _MCR_LOOP:
            return chip.msr & 0xF0
        return (chip.mcr & 0x0C) << 4 | (chip.mcr & 0x02) << 3 | (chip.mcr & 0x01) << 5

    def _modem_status(self) -> int:
        chip = self.state.state
        status = self._modem_inputs | chip.msr & _MSR_DELTAS
        if status & _MSR_DELTAS:
            chip.msr &= ~_MSR_DELTAS
            self._update_irq()
        return status

    def _send(self, byte: int) -> None:
        chip = self.state.state
        chip.thr = byte
        if chip.fcr_vmstate & FCR_ENABLE:
            if chip.xmit_fifo.is_full:
                chip.xmit_fifo.pop()
            chip.xmit_fifo.push(byte)
        chip.thr_ipending = 0
        chip.lsr &= ~(LSR_THRE | LSR_TEMT)
        self._update_irq()
        self._transmit()

    def _transmit(self) -> None:
        """Shift everything out: what a loaded transmitter still holds, then the rest."""
        chip = self.state.state
        if chip.tsr_retry:
            chip.tsr_retry = 0
            self._shift_out(chip.tsr)
        if chip.fcr_vmstate & FCR_ENABLE:
            while chip.xmit_fifo.num:
                byte = chip.xmit_fifo.pop()
                if chip.xmit_fifo.num == 0:
                    self._ask_for_more()
                    self._update_irq()
                self._shift_out(byte)
        else:
            self._ask_for_more()
            self._update_irq()
            self._shift_out(chip.thr)
        chip.thr = chip.tsr = 0
        chip.lsr |= LSR_TEMT

    def _shift_out(self, byte: int) -> None:
        if self.state.state.mcr & _MCR_LOOP:
            self._receive(byte)

    def _receive(self, byte: int) -> None:
        chip = self.state.state
        if chip.fcr_vmstate & FCR_ENABLE:
            if chip.recv_fifo.is_full:
                chip.lsr |= LSR_OE
            else:
                chip.recv_fifo.push(byte)
            self._restart_timeout()
        else:
            if chip.lsr & LSR_DR:
                chip.lsr |= LSR_OE
            chip.rbr = byte
        chip.lsr |= LSR_DR
        self._update_irq()

    def _enable_interrupts(self, value: int) -> None:
        chip = self.state.state
        changed = chip.ier ^ value
        chip.ier = value
        if changed & IER_THRI:
            # Enabling it while the register is empty asks at once, even if IIR was read.
            chip.thr_ipending = int(bool(value & IER_THRI and chip.lsr & LSR_THRE))
        if changed:
            self._update_irq()

    def _control_fifos(self, value: int) -> None:
        chip = self.state.state
        if (value ^ chip.fcr_vmstate) & FCR_ENABLE:
            value |= _FCR_CLEAR_RECEIVER | _FCR_CLEAR_TRANSMITTER
        if value & _FCR_CLEAR_RECEIVER:
            chip.lsr &= ~(LSR_DR | LSR_BI)
            chip.fifo_timeout_timer.delete()
            chip.timeout_ipending = 0
            chip.recv_fifo.clear()
        if value & _FCR_CLEAR_TRANSMITTER:
            self._ask_for_more()
            chip.xmit_fifo.clear()
        chip.fcr_vmstate = value & _FCR_STICKS
        chip.iir = chip.iir & ~IIR_FIFOS | (IIR_FIFOS if value & FCR_ENABLE else 0)
        self._update_irq()

    def _control_modem(self, value: int) -> None:
        chip = self.state.state
        before = self._modem_inputs
        chip.mcr = value
        after = self._modem_inputs
        changed = (before ^ after) >> 4
        if not before & _MSR_RI:
            # RI tells of its end only.
            changed &= ~_MSR_TERI
        if changed:
            chip.msr |= changed
            self._update_irq()

    def _character_timeout(self) -> None:
        """Nobody has read or sent a character for four character times."""
        chip = self.state.state
        if chip.recv_fifo.num:
            chip.timeout_ipending = 1
            self._update_irq()

    def _poll_modem_lines(self) -> None:
        """A loaded chip polled its modem lines; these have none to poll."""
        self.state.state.poll_msl = -1
