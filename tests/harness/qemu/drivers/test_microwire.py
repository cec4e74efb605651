"""Microwire: bits on three wires."""

import random

from harness.qemu.drivers.access import Registers
from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.microwire import Microwire
from harness.qemu.pci.function import Bar

WIRES = Microwire(Registers(Bar(0, "io", 0xC000, 0x100)), 0x50, 1, 1 << 3, 1 << 2, 1 << 1, 0x80)


def clocked_in(commands):
    """The bits that a memory sees: its data at each rising edge, apart at each selection."""
    messages, was_clock = [""], 0
    for command in commands:
        assert command.address == 0xC050
        wires = command.value
        assert wires & 0xF0 == 0x80
        if not wires & 8:
            messages.append("")
        elif wires & 4 and not was_clock:
            messages[-1] += "1" if wires & 2 else "0"
        was_clock = wires & 4
    return [message for message in messages if message]


def test_bits_are_clocked_in_while_the_memory_is_selected():
    commands = list(WIRES.send("1100"))
    assert clocked_in(commands) == ["1100"]
    assert commands[0].value == 0x80
    assert commands[-1].value == 0x80 | 8 | 4


def test_a_conversation_begins_each_message_with_a_one():
    source = random.Random(4)
    seen = set()
    for _ in range(100):
        for message in clocked_in(WIRES.converse(Draw(source.randbytes(16)))):
            assert message[0] == "1"
            seen.add((message[1:3], len(message)))
    assert {kind for kind, _ in seen} == {"10", "01", "11", "00"}
    # A word to be written goes with its address; a read may be interrupted.
    assert ("01", 25) in seen
    assert ("10", 6) in seen


def test_writing_is_allowed_before_it_is_done():
    source = random.Random(4)
    for _ in range(200):
        messages = clocked_in(WIRES.converse(Draw(source.randbytes(16))))
        if messages[-1].startswith("101"):
            assert messages[0].startswith("10011")
            break
    else:
        raise AssertionError("nothing was ever written")


def test_addresses_are_as_long_as_the_memory_has_them():
    wide = Microwire(Registers(Bar(0, "io", 0, 4)), 0, 1, 8, 4, 2, 0x80, 8)
    message = "".join("1" if c.value & 2 else "0" for c in wide.converse(Draw(b"")) if c.value & 4)
    assert len(message) == 3 + 8 + 8
