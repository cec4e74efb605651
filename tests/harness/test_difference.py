"""Differences: what pins a trace to one bug."""

import pytest

from harness.difference import Difference, FieldPlace, LinePlace, RegisterPlace, legible
from harness.regions import Owner, Register

DMA = Owner("i8257", "/machine/device[4]", "dma", 0)
DMA2 = Owner("i8257", "/machine/device[5]", "dma", 1)


def difference(*places, oracle="future", kind="state lost"):
    return Difference(
        oracle=oracle,
        cycle=1,
        step=0,
        command="inb 0x8",
        places=places,
        expected="0x10",
        seen="0x00",
        kind=kind,
    )


def at(owner, offset, bits=0xFF, region="dma-cont"):
    return RegisterPlace(Register(owner, region, offset), bits)


@pytest.mark.parametrize(
    ("places", "pin"),
    [
        ((at(DMA, 0),), ("future", "i8257", "dma-cont")),
        ((at(DMA, 3), LinePlace("isa[0]")), ("future", "i8257", "dma-cont")),
        ((LinePlace("isa[0]"),), ("future", "line", "isa[0]")),
        ((FieldPlace("dma", 1, "regs[2].mode", 1),), ("future", "field", "dma", "regs[2].mode")),
        ((), ("future", "state lost")),
    ],
)
def test_the_pin_names_the_first_place(places, pin):
    assert difference(*places).pin == pin


def test_instances_of_one_type_have_one_pin():
    assert difference(at(DMA, 0)).pin == difference(at(DMA2, 5, bits=1)).pin


def test_oracles_have_pins_of_their_own():
    assert difference(oracle="load", kind="crash").pin == ("load", "crash")
    assert difference(oracle="load", kind="hang").pin != ("load", "crash")


def test_the_owner_is_that_of_the_register():
    assert difference(at(DMA2, 0)).owner is DMA2
    assert difference(LinePlace("isa[0]")).owner is None
    assert difference().owner is None


ZEROS = "00" * 40


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (("0x10", "0x00"), ("0x10", "0x00")),
        (("0x" + "ff" * 32, "not sent"), ("0x" + "ff" * 32, "not sent")),
        ((f"0x{ZEROS}", "not sent"), (f"0x{ZEROS}", "not sent")),
        ((f"0x{ZEROS}0", f"0x{ZEROS}"), (f"0x{ZEROS}0", f"0x{ZEROS}")),
        (
            (f"0x{ZEROS}{'11' * 33}", f"0x{ZEROS}2222"),
            (f"…{'11' * 32}… (73 bytes, from 0x28 on)", "…2222 (42 bytes, from 0x28 on)"),
        ),
        (
            (f"0x{ZEROS}01", f"0x{ZEROS}"),
            ("…01 (41 bytes, from 0x28 on)", "… (40 bytes, from 0x28 on)"),
        ),
        (
            (f"0x02{ZEROS}", f"0x01{ZEROS}"),
            (
                f"0x02{'00' * 31}… (41 bytes, from 0x0 on)",
                f"0x01{'00' * 31}… (41 bytes, from 0x0 on)",
            ),
        ),
    ],
)
def test_long_values_are_shown_from_where_they_differ_on(values, shown):
    assert legible(*values) == shown
