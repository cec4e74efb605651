"""MIPS: translations are as wide as the target's registers."""

from __future__ import annotations

import pytest

from tests.support.chips import State, chip
from vmstate.info.devices.mips import TLB, TLB32, TlbEntry
from vmstate.macros.devices import mips, ppc


@pytest.mark.parametrize(("long_bits", "codec", "size"), [(32, TLB32, 32), (64, TLB, 36)])
def test_a_translation_is_as_wide_as_a_register(engine, long_bits, codec, size):
    plain = mips.VMSTATE_TLB_ARRAY("tlb", 2, long_bits=long_bits)
    late = mips.VMSTATE_TLB_ARRAY_V("tlb", 2, 3, long_bits=long_bits)
    assert plain.info is late.info is codec
    assert (plain.version_id, late.version_id) == (0, 3)
    state = State(tlb=[TlbEntry(vpn=1), TlbEntry(g=1)])
    data = engine.save(chip(plain), state).data
    assert len(data) == 2 * size
    assert engine.load(chip(plain), State(tlb=[TlbEntry(), TlbEntry()]), data) == state


def test_a_register_is_a_vector_where_that_of_powerpc_is_half_of_one(engine):
    ours = engine.save(chip(mips.VMSTATE_FPR_ARRAY("fpr", 1)), State(fpr=[2 << 64 | 1])).data
    theirs = engine.save(chip(ppc.VMSTATE_FPR_ARRAY("fpr", 1)), State(fpr=[2 << 64 | 1])).data
    assert ours == (1).to_bytes(8) + (2).to_bytes(8)
    assert theirs == (2).to_bytes(8)


def test_low_latency_memory_is_sent_by_address(engine):
    description = chip(mips.VMSTATE_OCTEON_LLM_TREE("llm"), version_id=1)
    data = engine.save(description, State(llm={5: 6, 1: 2})).data
    assert data == (2).to_bytes(4) + b"".join(number.to_bytes(8) for number in (1, 2, 5, 6))
    assert engine.load(description, State(llm={}), data, 1).llm == {1: 2, 5: 6}
