"""A bank: a device whose registers are the fields of one description, byte by byte.

What a guest reads is what the state holds now, seen through the description as it should be;
what it writes goes into the state the same way.  Whatever a planted fault does to saving and
loading, the guest sees it there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from device_models import Machine
from device_models.clock import VirtualClock
from device_models.device import Ports
from harness.strategies import device_values  # noqa: F401 (their codecs become known)
from harness.strategies.shapes import (
    furnished,
    furnished_element,
    lengths_of,
    new_value,
    place_of,
)
from harness.strategies.steps import at, put
from vmstate import EncodeError, Field, StreamError, VMStateDescription
from vmstate.compiler import Compiled
from vmstate.info import G_BYTE_ARRAY

#: The first port, and how many bytes of the state have one.
BASE, SIZE = 0x100, 63
#: The port that puts elements into lists, trees and arrays of pointers, when it is written.
FILL = SIZE
#: What counts and sizes are at power-on, and how many elements lists and trees are given.
_LENGTH = 2


class Bank:
    """A bank.

    Args:
        vmsd: what its state is made of.
        make: makes a state with what no field carries; None if the fields are enough.
    """

    type = "bank"

    def __init__(self, vmsd: VMStateDescription, make: Callable[[], Any] | None = None) -> None:
        self.vmsd = vmsd
        self._make = make
        self._codec = Compiled(vmsd)
        self.state: Any = self._fresh()
        self.ports = (Ports("bank", BASE, SIZE + 1, self._read, self._write),)

    def reset(self) -> None:
        """Take the state of power-on."""
        self.state = self._fresh()

    def _fresh(self) -> Any:
        # What the maker's states share is no device's own.
        made = deepcopy(self._make()) if self._make else None
        state = furnished(VMStateDescription(name="none"), made)
        for path in lengths_of(self.vmsd):
            put(*place_of(state, path), _LENGTH)
        return furnished(self.vmsd, state)

    def _read(self, offset: int) -> int:
        data = self._codec.save(self.state).data
        return data[offset] if offset < min(SIZE, len(data)) else 0

    def _write(self, offset: int, value: int) -> None:
        if offset == FILL:
            for field in self.vmsd.fields:
                _fill(self.state, field)
            return
        data = bytearray(self._codec.save(self.state).data)
        if offset >= len(data):
            return
        data[offset] = value
        taken = self._fresh()
        try:
            self._codec.load(taken, bytes(data), self.vmsd.version_id)
            self._codec.save(taken)
        except (StreamError, EncodeError):
            # What a state can't be, a register does not take.
            return
        self.state = taken


def bank_machine(bank: Bank) -> Machine:
    """Return a machine that has nothing but *bank*."""
    machine = Machine("bank", VirtualClock())
    machine.add("bank", bank)
    return machine


def _fill(state: Any, field: Field) -> None:
    """Put elements where *field* has none yet."""
    if not field.has_value:
        return
    holder, step = place_of(state, field.name)
    held = at(holder, step)
    if field.codec is G_BYTE_ARRAY:
        put(holder, step, held or bytes(_LENGTH))
    elif field.is_pointer_array:
        held[:] = [new_value(field, field.size) if one is None else one for one in held]
    elif held == {} and field.container is None:
        put(holder, step, dict(enumerate(range(_LENGTH))))
    elif held == {}:
        keys = (_key(field, number) for number in range(_LENGTH))
        put(holder, step, {key: furnished_element(field, None) for key in keys})
    elif held == []:
        put(holder, step, [furnished_element(field, None) for _ in range(_LENGTH)])


def _key(field: Field, number: int) -> Any:
    if field.make_key is None or field.key_vmsd is None:
        return number
    key = furnished(field.key_vmsd, field.make_key())
    for one in field.key_vmsd.fields:
        put(key, one.name, number)
    return key
