"""``model:pc``: which chips a PC has here, at which ports, and how they are wired.

Knows wiring only; what the chips do is theirs.

Source: QEMU 7.2 hw/i386/pc.c, ``info mtree`` and the order of sections of its ``pc`` machine.
"""

from __future__ import annotations

from functools import partial

from device_models.clock import VirtualClock
from device_models.lines import Line
from device_models.machine import Machine
from device_models.pc.i8254 import I8254
from device_models.pc.i8257 import I8257
from device_models.pc.i8259 import CASCADE_INPUT, I8259
from device_models.pc.mc146818 import MC146818
from device_models.pc.mc146818_state import IRQF, C
from device_models.pc.serial16550 import Serial16550
from device_models.pc.serial16550_state import IIR_NONE

_PIT_IRQ, _SERIAL_IRQ, _RTC_IRQ = 0, 4, 8
_COM1 = 0x3F8
#: The bits of the UART's IIR that say which interrupt there is.
_IIR_WHICH = 0x0F


def build_pc() -> Machine:
    """Return a PC in its power-on state, its clock at 0."""
    clock = VirtualClock()
    machine = Machine("pc", clock)
    intr, slave_intr = Line("intr"), Line("slave_intr")
    isa = {number: Line(f"isa[{number}]") for number in (_PIT_IRQ, _SERIAL_IRQ, _RTC_IRQ)}

    master = I8259("pic1", 0x20, 0x4D0, master=True, intr=intr)
    slave = I8259("pic2", 0xA0, 0x4D1, master=False, intr=slave_intr)
    pit = I8254(clock, isa[_PIT_IRQ])
    rtc = MC146818(clock, isa[_RTC_IRQ])
    serial = Serial16550(clock, _COM1, isa[_SERIAL_IRQ])

    # Watched before they are wired, so that a cause is noted before its effect.
    machine.watch(isa[_PIT_IRQ], lambda: pit.out0_level)
    machine.watch(isa[_SERIAL_IRQ], lambda: int(serial.state.state.iir & _IIR_WHICH != IIR_NONE))
    machine.watch(isa[_RTC_IRQ], lambda: int(bool(rtc.state.cmos_data[C] & IRQF)))
    machine.watch(intr, lambda: master.intr_level)
    for number, line in isa.items():
        line.connect(partial((slave if number >= 8 else master).input, number % 8))
    slave_intr.connect(partial(master.input, CASCADE_INPUT))
    master.cascade(slave.acknowledge)

    machine.add("dma1", I8257(0x00, 0x80, None, 0), 0)
    machine.add("dma2", I8257(0xC0, 0x88, None, 1), 1)
    machine.add("pic1", master, 0)
    machine.add("pic2", slave, 1)
    machine.add("rtc", rtc)
    machine.add("pit", pit)
    machine.add("serial", serial)
    machine.reset()
    machine.take_moves()
    return machine
