"""Byte order: what little-endian devices are told and say, on guests of either order."""

import pytest

from harness.command import Command
from harness.errors import QtestError
from harness.qemu.byteorder import (
    memory_order,
    port_order,
    port_questions,
    spelt,
    spelt_work,
    understood,
)
from harness.qemu.qtest import Answer
from harness.work import Work

LITTLE, BIG = {}, {"memory": "big", "io": "little"}


@pytest.mark.parametrize("order", ["little", "big"])
def test_the_guest_names_the_order_of_memory_itself(order):
    assert memory_order(Answer(f"OK {order}")) == order


@pytest.mark.parametrize("text", ["OK", "OK middle", "FAIL Unknown command 'endianness'"])
def test_another_answer_is_an_error_that_shows_it(text):
    with pytest.raises(QtestError, match="endianness.*" + text.split()[-1].strip("'")):
        memory_order(Answer(text))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("writel 0x10 0x80001004", "writel 0x10 0x4100080"),
        ("writew 0x10 0x7", "writew 0x10 0x700"),
        ("writeq 0x10 0x1", "writeq 0x10 0x100000000000000"),
        ("writeb 0x10 0x7", "writeb 0x10 0x7"),
        ("write 0x10 0x2 0x1234", "write 0x10 0x2 0x1234"),
        ("memset 0x10 0x2 0x12", "memset 0x10 0x2 0x12"),
        ("readl 0x10", "readl 0x10"),
        ("outl 0xcf8 0x80001004", "outl 0xcf8 0x80001004"),
        ("clock_step 7", "clock_step 7"),
    ],
)
def test_values_are_turned_where_the_target_turns_them(line, told):
    command = Command.parse(line)
    assert str(spelt(command, BIG)) == told
    assert spelt(command, LITTLE) == command


def test_ports_are_turned_where_these_are_big_endian():
    assert str(spelt(Command.parse("outw 0x10 0x7"), {"io": "big"})) == "outw 0x10 0x700"


def test_answers_are_turned_back():
    read = Command.parse("readl 0x10")
    assert understood(read, 0x8680_1071, BIG) == 0x7110_8086
    assert understood(read, 0x7110_8086, LITTLE) == 0x7110_8086
    assert understood(Command.parse("inl 0x10"), 0x1234, BIG) == 0x1234


def test_all_that_a_driver_does_is_spelt_for_the_guest():
    def request(data):
        return (Command("writew", (0x20, data[0])),)

    kick = (Command("writel", (0x30, 7)),)
    work = spelt_work(Work("some", (Command("writel", (0x10, 1)),), request, kick), BIG)
    assert work.name == "some"
    assert [str(one) for one in work.start] == ["writel 0x10 0x1000000"]
    assert [str(one) for one in work.request(b"\x05")] == ["writew 0x20 0x500"]
    assert [str(one) for one in work.resume] == ["writel 0x30 0x7000000"]


@pytest.mark.parametrize(
    ("answers", "order"),
    [
        ([], "little"),
        # Bytes alike, or a wide read that is another register, tell nothing.
        ([0, 0, 0, 1, 2, 0x7777, 0xFF, 0, 0x00FF], "little"),
        ([0, 0, 0, 0xFF, 0, 0xFF00], "big"),
        # The first that tells anything is believed.
        ([0x12, 0x34, 0x3412, 0xFF, 0, 0xFF00], "little"),
        ([0xFF, 0, 0xFF00, 0x12, 0x34, 0x3412], "big"),
    ],
)
def test_the_order_of_ports_is_seen_where_two_bytes_differ(answers, order):
    assert port_order(answers) == order


def test_three_reads_are_asked_of_each_port_and_not_of_too_many():
    assert [str(one) for one in port_questions([0x70])] == ["inb 0x70", "inb 0x71", "inw 0x70"]
    assert len(port_questions(range(0x10000))) == 3 * 1024
