"""Numbers that became wider: old streams are read, and none is written."""

from __future__ import annotations

import pytest

from tests.support.chips import State, chip
from vmstate import EncodeError
from vmstate.macros import VMSTATE_UINT16_V, VMSTATE_UINT32_V
from vmstate.macros.devices.nvram import VMSTATE_UINT16_HACK, VMSTATE_UINT16_HACK_TEST


def is_old(state, version_id):
    return version_id < 2


CHIPS = [
    (chip(VMSTATE_UINT16_HACK_TEST("size", is_old), VMSTATE_UINT16_V("size", 2), version_id=2), 1),
    (chip(VMSTATE_UINT16_HACK("size", is_old), VMSTATE_UINT32_V("size", 2), version_id=2), 2),
]


@pytest.mark.parametrize(("description", "size"), CHIPS)
def test_an_old_stream_has_the_narrow_number(engine, description, size):
    loaded = engine.load(description, State(size=0), (0xAB).to_bytes(size), 1)
    assert loaded.size == 0xAB


@pytest.mark.parametrize(("description", "size"), CHIPS)
def test_the_narrow_number_is_never_saved(engine, description, size):
    with pytest.raises(EncodeError, match="old streams only"):
        engine.save(description, State(size=1), version_id=1)
    assert len(engine.save(description, State(size=1)).data) == 2 * size
