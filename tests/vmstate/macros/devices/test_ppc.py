"""PowerPC: three macros send the parts of one array of registers."""

from __future__ import annotations

from tests.support.chips import State, chip
from vmstate.info.devices.ppc import SlbEntry
from vmstate.macros.devices import ppc

DESCRIPTION = chip(
    ppc.VMSTATE_FPR_ARRAY("vsr", 32),
    ppc.VMSTATE_AVR_ARRAY("vsr", 32),
    ppc.VMSTATE_VSR_ARRAY("vsr", 32),
)


def test_floating_point_vector_and_scalar_registers_make_up_the_whole(engine):
    registers = [(number + 1) << 64 | number for number in range(64)]
    data = engine.save(DESCRIPTION, State(vsr=list(registers))).data
    assert len(data) == 32 * (8 + 16 + 8)
    assert data[:8].hex() == "0000000000000001"
    assert data[256:272].hex() == "0000000000000020" + "0000000000000021"
    assert data[-8:].hex() == "000000000000001f"
    loaded = engine.load(DESCRIPTION, State(vsr=[0] * 64), data)
    assert loaded.vsr == registers


def test_segment_entries_come_back(engine):
    description = chip(ppc.VMSTATE_SLB_ARRAY("slb", 2))
    entries = [SlbEntry(1, 2), SlbEntry(3, 4)]
    data = engine.save(description, State(slb=entries)).data
    assert data == b"".join(number.to_bytes(8) for number in (1, 2, 3, 4))
    loaded = engine.load(description, State(slb=[SlbEntry(), SlbEntry()]), data)
    assert loaded.slb == entries
