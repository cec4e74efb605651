"""The 16550's state and how it is saved.

Registers, FIFOs and timers, with the subsections of QEMU's section; what the guest does
to them is `serial16550`'s.

Source: QEMU 7.2 hw/char/serial.c, hw/char/serial-isa.c.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from device_models.clock import Timer
from device_models.fifo8 import Fifo8, fifo8_vmsd
from vmstate import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_STRUCT,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_V,
    VMSTATE_UINT16_V,
    VMSTATE_UINT32,
)

# Interrupt enable; the identification's priorities are `serial16550`'s.
IER_RDI, IER_THRI, IER_RLSI, IER_MSI = 0x01, 0x02, 0x04, 0x08
# Interrupt identification.
IIR_NONE, IIR_MSI, IIR_THRI, IIR_RDI, IIR_RLSI, IIR_CTI = 0x01, 0x00, 0x02, 0x04, 0x06, 0x0C
IIR_ID, IIR_FIFOS = 0x06, 0xC0
# Line status.
LSR_DR, LSR_OE, LSR_PE, LSR_FE, LSR_BI, LSR_THRE, LSR_TEMT = (1 << bit for bit in range(7))
# FIFO control.
FCR_ENABLE = 0x01
# Modem status: the pins, fixed as a null modem has them.
MSR_PINS = 0xB0

_FIFO_BYTES = 16
#: "not loaded": no interrupt flag has this value.
_UNKNOWN = -1


@dataclass(slots=True)
class SerialState:
    """All that the chip remembers; the defaults are what a reset gives.

    Attributes:
        fifo_timeout_timer: fires when received characters have waited too long.
        modem_status_poll: QEMU's timer for real modem lines; never armed by this chip.
        divider: the baud rate divisor; 12 is 9600 baud.
        rbr: the received character, without FIFOs.
        ier, iir, lcr, mcr, lsr, msr, scr: registers.
        fcr_vmstate: what sticks of the FIFO control register.
        thr_ipending: whether the transmitter asks for an interrupt; 0 while IER disables it.
        tsr_retry: QEMU's count of attempts to send `tsr`; 0 in this chip, which never waits.
        thr, tsr: characters on their way out, where tsr_retry says so.
        recv_fifo, xmit_fifo: the FIFOs.
        timeout_ipending: whether received characters have waited too long.
        poll_msl: QEMU's "modem lines are polled"; -1 for a line that has none.
    """

    fifo_timeout_timer: Timer
    modem_status_poll: Timer
    divider: int = 0x0C
    rbr: int = 0
    ier: int = 0
    iir: int = IIR_NONE
    lcr: int = 0
    mcr: int = 0x08
    lsr: int = LSR_TEMT | LSR_THRE
    msr: int = MSR_PINS
    scr: int = 0
    fcr_vmstate: int = 0
    thr_ipending: int = 0
    tsr_retry: int = 0
    thr: int = 0
    tsr: int = 0
    recv_fifo: Fifo8 = field(default_factory=lambda: Fifo8(bytearray(_FIFO_BYTES)))
    xmit_fifo: Fifo8 = field(default_factory=lambda: Fifo8(bytearray(_FIFO_BYTES)))
    timeout_ipending: int = 0
    poll_msl: int = -1


@dataclass(slots=True)
class IsaSerialState:
    """The card: nothing but the chip."""

    state: SerialState


def _pre_load(state: SerialState) -> None:
    """What is not sent has its reset value, whatever the chip holds now."""
    state.thr_ipending = _UNKNOWN
    state.tsr_retry = state.thr = state.tsr = 0
    state.recv_fifo.clear()
    state.xmit_fifo.clear()
    state.fifo_timeout_timer.delete()
    state.timeout_ipending = 0
    state.poll_msl = -1
    state.modem_status_poll.delete()


def _post_load(state: SerialState, version_id: int) -> int:
    if version_id < 3:
        state.fcr_vmstate = 0
    if state.thr_ipending == _UNKNOWN:
        state.thr_ipending = int(state.iir & IIR_ID == IIR_THRI)
    fifos = IIR_FIFOS if state.fcr_vmstate & FCR_ENABLE else 0
    state.iir = state.iir & ~IIR_FIFOS | fifos
    # A character waits in the transmitter exactly while it is not empty.
    return 0 if bool(state.lsr & LSR_TEMT) == (state.tsr_retry == 0) else -1


def _thr_ipending_needed(state: SerialState) -> bool:
    """Whether the identification does not tell already."""
    if not state.ier & IER_THRI:
        return False
    return state.thr_ipending != (state.iir & IIR_ID == IIR_THRI)


def _tsr_needed(state: SerialState) -> bool:
    return state.tsr_retry != 0


def _recv_fifo_needed(state: SerialState) -> bool:
    return state.recv_fifo.num != 0


def _xmit_fifo_needed(state: SerialState) -> bool:
    return state.xmit_fifo.num != 0


def _fifo_timeout_timer_needed(state: SerialState) -> bool:
    return state.fifo_timeout_timer.expire_ns is not None


def _timeout_ipending_needed(state: SerialState) -> bool:
    return state.timeout_ipending != 0


def _poll_needed(state: SerialState) -> bool:
    return state.poll_msl >= 0


def _subsection(
    name: str, needed: Callable[[SerialState], bool], *fields: Field
) -> VMStateDescription:
    """Return a subsection; QEMU has all of this chip's at version 1."""
    return VMStateDescription(
        name=name, version_id=1, minimum_version_id=1, needed=needed, fields=fields
    )


_FIFO8_VMSD = fifo8_vmsd(_FIFO_BYTES)

SERIAL_VMSD = VMStateDescription(
    name="serial",
    version_id=3,
    minimum_version_id=2,
    pre_load=_pre_load,
    post_load=_post_load,
    fields=(
        VMSTATE_UINT16_V("divider", 2),
        VMSTATE_UINT8("rbr"),
        VMSTATE_UINT8("ier"),
        VMSTATE_UINT8("iir"),
        VMSTATE_UINT8("lcr"),
        VMSTATE_UINT8("mcr"),
        VMSTATE_UINT8("lsr"),
        VMSTATE_UINT8("msr"),
        VMSTATE_UINT8("scr"),
        VMSTATE_UINT8_V("fcr_vmstate", 3),
    ),
    subsections=(
        _subsection("serial/thr_ipending", _thr_ipending_needed, VMSTATE_INT32("thr_ipending")),
        _subsection(
            "serial/tsr",
            _tsr_needed,
            VMSTATE_UINT32("tsr_retry"),
            VMSTATE_UINT8("thr"),
            VMSTATE_UINT8("tsr"),
        ),
        _subsection(
            "serial/recv_fifo", _recv_fifo_needed, VMSTATE_STRUCT("recv_fifo", 1, _FIFO8_VMSD)
        ),
        _subsection(
            "serial/xmit_fifo", _xmit_fifo_needed, VMSTATE_STRUCT("xmit_fifo", 1, _FIFO8_VMSD)
        ),
        _subsection(
            "serial/fifo_timeout_timer",
            _fifo_timeout_timer_needed,
            VMSTATE_TIMER_PTR("fifo_timeout_timer"),
        ),
        _subsection(
            "serial/timeout_ipending", _timeout_ipending_needed, VMSTATE_INT32("timeout_ipending")
        ),
        _subsection(
            "serial/poll",
            _poll_needed,
            VMSTATE_INT32("poll_msl"),
            VMSTATE_TIMER_PTR("modem_status_poll"),
        ),
    ),
    source="QEMU 7.2 hw/char/serial.c: vmstate_serial",
)

VMSD = VMStateDescription(
    name="serial",
    version_id=3,
    minimum_version_id=2,
    fields=(VMSTATE_STRUCT("state", 0, SERIAL_VMSD),),
    source="QEMU 7.2 hw/char/serial-isa.c: vmstate_isa_serial",
)
