"""Intel 8259A, the programmable interrupt controller; a PC has two.

Owns request, service and mask registers, priorities, and the INT output.  It must not know
which devices raise its inputs, nor what a processor does with a vector.

Level or edge is chosen for each input by the edge/level control register of ISA chip sets,
not by ICW1; QEMU's device does the same.  As in QEMU's, ICW1 forgets which inputs are high,
so that an input that is driven high again counts as an edge.  INT follows the registers at
once, where QEMU's waits for the next event after special mask mode was switched.

Source: Intel 8259A data sheet (231468), "Initialization Command Words", "Operation Command
Words"; Intel 82371AB data sheet (290562), ELCR1 and ELCR2; QEMU 7.2 hw/intc/i8259.c and
i8259_common.c.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from device_models.device import Ports
from device_models.lines import Line
from vmstate import VMStateDescription
from vmstate.macros import VMSTATE_UINT8

#: The master's input to which the slave's INT is wired.
CASCADE_INPUT = 2

_SPURIOUS_INPUT = 7
#: Inputs that may be level triggered.  Source: QEMU 7.2 hw/intc/i8259_common.c.
_ELCR_MASK_MASTER = 0xF8
_ELCR_MASK_SLAVE = 0xDE


class InitState(enum.IntEnum):
    """Which initialization command word the odd port takes next."""

    READY = 0
    ICW2 = 1
    ICW3 = 2
    ICW4 = 3


class Command(enum.IntEnum):
    """The R, SL and EOI bits of OCW2."""

    CLEAR_ROTATE_IN_AUTO_EOI = 0
    NON_SPECIFIC_EOI = 1
    NO_OPERATION = 2
    SPECIFIC_EOI = 3
    SET_ROTATE_IN_AUTO_EOI = 4
    ROTATE_ON_NON_SPECIFIC_EOI = 5
    SET_PRIORITY = 6
    ROTATE_ON_SPECIFIC_EOI = 7


@dataclass(slots=True)
class PICState:
    """The registers; every field is a byte.

    Attributes:
        last_irr: inputs as they were last driven.
        irr: requests.
        imr: mask.
        isr: interrupts in service.
        priority_add: the input of highest priority.
        irq_base: vector of input 0.
        read_reg_select: 1 if the even port reads *isr*.
        poll: 1 if the next read is a poll.
        special_mask: 1 in special mask mode.
        init_state: an :class:`InitState`.
        auto_eoi: 1 in automatic end-of-interrupt mode.
        rotate_on_auto_eoi: 1 if priorities rotate in it.
        special_fully_nested_mode: 1 in that mode.
        init4: whether ICW1 announced an ICW4.
        single_mode: 2 if ICW1 said that there is no slave (the bit where ICW1 has it).
        elcr: inputs that are level triggered.
    """

    last_irr: int = 0
    irr: int = 0
    imr: int = 0
    isr: int = 0
    priority_add: int = 0
    irq_base: int = 0
    read_reg_select: int = 0
    poll: int = 0
    special_mask: int = 0
    init_state: int = InitState.READY
    auto_eoi: int = 0
    rotate_on_auto_eoi: int = 0
    special_fully_nested_mode: int = 0
    init4: int = 0
    single_mode: int = 0
    elcr: int = 0

    def first(self, inputs: int) -> tuple[int, int] | None:
        """Return rank (0 is highest) and number of the first of *inputs*; None of none."""
        for rank in range(8):
            number = (rank + self.priority_add) & 7
            if inputs & (1 << number):
                return rank, number
        return None

    def finish(self, number: int) -> None:
        """Take interrupt *number* out of service."""
        self.isr &= ~(1 << number) & 0xFF


I8259_VMSD = VMStateDescription(
    name="i8259",
    version_id=1,
    minimum_version_id=1,
    fields=tuple(
        VMSTATE_UINT8(name)
        for name in (
            "last_irr",
            "irr",
            "imr",
            "isr",
            "priority_add",
            "irq_base",
            "read_reg_select",
            "poll",
            "special_mask",
            "init_state",
            "auto_eoi",
            "rotate_on_auto_eoi",
            "special_fully_nested_mode",
            "init4",
            "single_mode",
            "elcr",
        )
    ),
    source="QEMU 7.2 hw/intc/i8259_common.c: vmstate_pic_common",
)


class I8259:
    """One controller: two ports, and one for its edge/level control register.

    Args:
        name: what it is called in its machine, e.g. ``pic1``.
        base: first of its two ports.
        elcr_port: port of its edge/level control register.
        master: whether a slave may hang on input 2.
        intr: driven to the level of INT.
    """

    type: ClassVar[str] = "isa-i8259"
    vmsd: ClassVar[VMStateDescription] = I8259_VMSD

    def __init__(self, name: str, base: int, elcr_port: int, *, master: bool, intr: Line) -> None:
        self.name = name
        self._master = master
        self._intr = intr
        self._elcr_mask = _ELCR_MASK_MASTER if master else _ELCR_MASK_SLAVE
        self._acknowledge_slave: Callable[[], int] | None = None
        self.ports = (
            Ports("pic", base, 2, self._read, self._write),
            Ports("elcr", elcr_port, 1, self._read_elcr, self._write_elcr),
        )
        self.state = PICState()

    def __repr__(self) -> str:
        return f"I8259({self.name!r})"

    def cascade(self, acknowledge_slave: Callable[[], int]) -> None:
        """Wire the slave: *acknowledge_slave* gives its vector in an INTA cycle."""
        self._acknowledge_slave = acknowledge_slave

    def reset(self) -> None:
        """Forget everything, edge/level control included."""
        self.state = PICState()
        self._update()

    @property
    def requested(self) -> int | None:
        """The input whose interrupt INT asks for; None if INT is low.

        Source: 8259A data sheet, "Fully Nested Mode", "Special Mask Mode", "The Special
        Fully Nested Mode".
        """
        state = self.state
        asking = state.first(state.irr & ~state.imr)
        in_service = state.isr
        if state.special_mask:
            in_service &= ~state.imr
        if state.special_fully_nested_mode and self._master:
            in_service &= ~(1 << CASCADE_INPUT)
        serving = state.first(in_service)
        if asking is None or (serving is not None and serving[0] <= asking[0]):
            return None
        return asking[1]

    @property
    def intr_level(self) -> int:
        """The level of INT."""
        return int(self.requested is not None)

    def _update(self) -> None:
        self._intr.drive(self.intr_level)

    def input(self, irq: int, level: int) -> None:
        """Take the *level* to which input *irq* (0 to 7) is driven."""
        state, bit = self.state, 1 << irq
        is_level_triggered = state.elcr & bit
        if level:
            if is_level_triggered or not state.last_irr & bit:
                state.irr |= bit
            state.last_irr |= bit
        else:
            if is_level_triggered:
                state.irr &= ~bit & 0xFF
            state.last_irr &= ~bit & 0xFF
        self._update()

    def acknowledge(self) -> int:
        """Run an INTA cycle; return the vector, 0 to 255.

        An interrupt that has gone away meanwhile gives the vector of input 7.
        Source: 8259A data sheet, "Interrupt Sequence".
        """
        irq = self.requested
        if irq is None:
            return self._vector(_SPURIOUS_INPUT)
        if irq == CASCADE_INPUT and self._acknowledge_slave and not self.state.single_mode:
            vector = self._acknowledge_slave()
        else:
            vector = self._vector(irq)
        self._take(irq)
        return vector

    def _vector(self, irq: int) -> int:
        return (self.state.irq_base + irq) & 0xFF

    def _take(self, irq: int) -> None:
        """Put interrupt *irq* into service."""
        state = self.state
        if not state.auto_eoi:
            state.isr |= 1 << irq
        elif state.rotate_on_auto_eoi:
            state.priority_add = (irq + 1) & 7
        if not state.elcr & (1 << irq):
            state.irr &= ~(1 << irq) & 0xFF
        self._update()

    def _read(self, offset: int) -> int:
        state = self.state
        if state.poll:
            return self._poll()
        if offset:
            return state.imr
        return state.isr if state.read_reg_select else state.irr

    def _poll(self) -> int:
        """Answer a poll: bit 7 and the number if there is an interrupt, which is taken."""
        self.state.poll = 0
        irq = self.requested
        if irq is None:
            return 0
        self._take(irq)
        return 0x80 | irq

    def _write(self, offset: int, value: int) -> None:
        if offset:
            self._write_odd(value)
        elif value & 0x10:
            self._initialize(value)
        elif value & 0x08:
            self._write_ocw3(value)
        else:
            self._write_ocw2(Command(value >> 5), value & 7)

    def _initialize(self, icw1: int) -> None:
        """Take ICW1: all but the edge/level control and level requests is forgotten."""
        old = self.state
        self.state = PICState(irr=old.irr & old.elcr, elcr=old.elcr)
        self._update()
        self.state.init_state = InitState.ICW2
        self.state.init4 = icw1 & 0x01
        self.state.single_mode = icw1 & 0x02

    def _write_odd(self, value: int) -> None:
        """Take OCW1 or the next initialization command word."""
        state = self.state
        after_icw3 = InitState.ICW4 if state.init4 else InitState.READY
        match state.init_state:
            case InitState.READY:
                state.imr = value
                self._update()
            case InitState.ICW2:
                state.irq_base = value & 0xF8
                state.init_state = after_icw3 if state.single_mode else InitState.ICW3
            case InitState.ICW3:
                # Which input has a slave is wired, so the word says nothing new.
                state.init_state = after_icw3
            case InitState.ICW4:
                was_level = self.intr_level
                state.special_fully_nested_mode = (value >> 4) & 1
                state.auto_eoi = (value >> 1) & 1
                state.init_state = InitState.READY
                self._update_from(was_level)

    def _write_ocw3(self, value: int) -> None:
        state = self.state
        if value & 0x04:
            state.poll = 1
        if value & 0x02:
            state.read_reg_select = value & 1
        if value & 0x40:
            was_level = self.intr_level
            state.special_mask = (value >> 5) & 1
            self._update_from(was_level)

    def _update_from(self, was_level: int) -> None:
        # Driven only where it moves: QEMU's device does not drive INT here, and a master
        # that was initialized meanwhile would take a level driven again for an edge.
        if self.intr_level != was_level:
            self._update()

    def _write_ocw2(self, command: Command, level: int) -> None:
        state = self.state
        match command:
            case Command.CLEAR_ROTATE_IN_AUTO_EOI | Command.SET_ROTATE_IN_AUTO_EOI:
                state.rotate_on_auto_eoi = int(command == Command.SET_ROTATE_IN_AUTO_EOI)
                return
            case Command.NO_OPERATION:
                return
            case Command.NON_SPECIFIC_EOI | Command.ROTATE_ON_NON_SPECIFIC_EOI:
                serving = state.first(state.isr)
                if serving is None:
                    return
                level = serving[1]
        if command != Command.SET_PRIORITY:
            state.finish(level)
        if command >= Command.ROTATE_ON_NON_SPECIFIC_EOI:
            state.priority_add = (level + 1) & 7
        self._update()

    def _read_elcr(self, _offset: int) -> int:
        return self.state.elcr

    def _write_elcr(self, _offset: int, value: int) -> None:
        self.state.elcr = value & self._elcr_mask
