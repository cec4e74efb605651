"""Clocks: by what one is multiplied and divided is sent if it is not one."""

from __future__ import annotations

import pytest

from tests.support.chips import State, chip, header
from vmstate.macros.devices.clock import (
    VMSTATE_ARRAY_CLOCK,
    VMSTATE_ARRAY_CLOCK_V,
    VMSTATE_CLOCK,
    VMSTATE_CLOCK_V,
    vmstate_clock,
)


def clock(period=0, multiplier=1, divider=1):
    return State(period=period, multiplier=multiplier, divider=divider)


def test_a_clock_as_it_is_is_only_its_period(engine):
    assert engine.save(vmstate_clock, clock(0x123)).data == (0x123).to_bytes(8)


@pytest.mark.parametrize(("multiplier", "divider"), [(2, 1), (1, 2), (0, 3)])
def test_a_scaled_clock_says_by_what(engine, multiplier, divider):
    data = engine.save(vmstate_clock, clock(1, multiplier, divider)).data
    scale = multiplier.to_bytes(4) + divider.to_bytes(4)
    assert data == (1).to_bytes(8) + header("clock/muldiv", 1) + scale
    loaded = engine.load(vmstate_clock, clock(5, 6, 7), data)
    assert loaded == clock(1, multiplier, divider)


def test_a_clock_that_says_nothing_of_it_is_not_scaled(engine):
    assert engine.load(vmstate_clock, clock(5, 6, 7), (9).to_bytes(8)) == clock(9)


def test_clocks_hang_on_pointers(engine):
    description = chip(
        VMSTATE_CLOCK("one"),
        VMSTATE_CLOCK_V("late", 2),
        VMSTATE_ARRAY_CLOCK("some", 2),
        VMSTATE_ARRAY_CLOCK_V("more", 1, 2),
        version_id=2,
    )
    state = State(one=clock(1), late=clock(2), some=[None, clock(3)], more=[clock(4)])
    data = engine.save(description, state).data
    assert data == b"".join(
        (
            (1).to_bytes(8),
            (2).to_bytes(8),
            b"\x30" + (3).to_bytes(8),
            (4).to_bytes(8),
        )
    )
    assert len(engine.save(description, state, version_id=1).data) == 8 + 9
