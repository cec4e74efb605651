"""Replies: what the lines of a run mean, and when two runs mean the same."""

import pytest

from harness.command import Command
from harness.cycle import Future
from harness.errors import QtestError
from harness.observation import Move, Observation
from harness.qemu import qtest
from harness.qemu.qtest import Answer, LineMove
from harness.qemu.reply import Observations, moves_before, without_moves

COMMANDS = tuple(
    map(Command.parse, ("outb 0x21 0x1", "inb 0x21", "read 0x100 0x2", "readl 0xfed00000"))
)
REPLY = b"OK\nIRQ raise 4\nIRQ lower 12\nOK 0x01\nOK 0xabcd\nIRQ raise 12\nOK 0x00000010\n"
MEANT = (
    Observation(),
    Observation(1, (Move("ioapic[4]", 1), Move("ioapic[12]", 0))),
    Observation(b"\xab\xcd"),
    Observation(0x10, (Move("ioapic[12]", 1),)),
)


def test_each_command_has_its_observation():
    found = Observations(COMMANDS, REPLY)
    assert tuple(found) == MEANT
    assert len(found) == 4
    assert found[1] == MEANT[1]
    assert found[1:3] == MEANT[1:3]
    assert repr(found) == repr(MEANT)


def test_moves_are_in_the_order_in_which_they_came():
    assert list(Observations(COMMANDS, REPLY).moves) == [
        ("ioapic[4]", 1),
        ("ioapic[12]", 0),
        ("ioapic[12]", 1),
    ]
    assert list(Observations(COMMANDS[:1], b"OK\n").moves) == []
    answer = Answer("OK", (LineMove(7, 1),))
    assert moves_before(answer) == (Move("ioapic[7]", 1),)


def test_the_same_lines_to_the_same_commands_are_equal_unread(monkeypatch):
    one, other = (Observations(COMMANDS, REPLY) for _ in range(2))

    def unwanted(self, data):
        raise AssertionError("it was read")

    with monkeypatch.context() as patch:
        patch.setattr(qtest.QtestCodec, "feed", unwanted)
        assert one == other
        assert Future({}, one) == Future({}, other)
        assert one == Observations(tuple(map(Command.parse, map(str, COMMANDS))), REPLY)
        with pytest.raises(AssertionError, match="it was read"):
            list(one)


def test_other_lines_or_other_commands_are_compared_by_what_they_mean():
    one = Observations(COMMANDS[:1], b"OK\n")
    assert one != Observations(COMMANDS[:1], b"IRQ raise 1\nOK\n")
    assert Observations(COMMANDS[1:2], b"OK 0x1\n") == Observations(COMMANDS[1:2], b"OK 0x01\n")
    # What a write answers is no value.
    assert Observations(COMMANDS[:1], b"OK 0x1\n") != Observations(COMMANDS[1:2], b"OK 0x1\n")
    assert one == (Observation(),)
    assert one == [Observation()]
    assert one != 5


@pytest.mark.parametrize(
    "reply", [b"FAIL Unknown command 'inb'\n", b"OK little\n", b"IRQ up 3\nOK 0x1\n", b"\xff\n"]
)
def test_a_line_that_is_no_answer_is_refused_at_once(reply):
    with pytest.raises(QtestError):
        Observations(COMMANDS[1:2], reply)


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ((), b"IRQ raise 4\nOK\nIRQ lower 14\nIRQ raise 0\nOK 0x4\n"),
        ((4,), b"OK\nIRQ lower 14\nIRQ raise 0\nOK 0x4\n"),
        ((0, 14), b"IRQ raise 4\nOK\nOK 0x4\n"),
        ((1,), b"IRQ raise 4\nOK\nIRQ lower 14\nIRQ raise 0\nOK 0x4\n"),
    ],
)
def test_moves_of_some_lines_are_left_out_and_nothing_else(lines, left):
    reply = b"IRQ raise 4\nOK\nIRQ lower 14\nIRQ raise 0\nOK 0x4\n"
    assert without_moves(reply, lines) == left
    assert without_moves(b"OK 0x4\n", lines) == b"OK 0x4\n"
