"""x86: the parts of a vector register, and what 32-bit targets have less of."""

from __future__ import annotations

from tests.support.chips import State, chip
from vmstate.macros.devices import i386


def registers(count, fill=0):
    return [State(_q_ZMMReg=[fill] * 8) for _ in range(count)]


def test_three_macros_send_the_parts_of_the_first_registers_and_one_all_of_the_others(engine):
    description = chip(
        i386.VMSTATE_XMM_REGS("regs", 0),
        i386.VMSTATE_YMMH_REGS_VARS("regs", 0, 0),
        i386.VMSTATE_ZMMH_REGS_VARS("regs", 0),
        i386.VMSTATE_Hi16_ZMM_REGS_VARS("regs", 16),
    )
    state = State(regs=registers(32))
    for number, register in enumerate(state.regs):
        register._q_ZMMReg = [8 * number + part for part in range(8)]
    saved = engine.save(description, state)
    numbers = [int.from_bytes(saved.data[at : at + 8]) for at in range(0, len(saved.data), 8)]
    assert sorted(numbers) == list(range(32 * 8))
    assert numbers[:4] == [0, 1, 8, 9]
    assert engine.load(description, State(regs=registers(32, 7)), saved.data) == state
    assert saved.spans[0].path == "regs[0]._q_ZMMReg[0]"


def test_a_segment_of_a_32_bit_target_has_a_short_base(engine):
    segment = State(selector=1, base=2, limit=3, flags=4)
    short = engine.save(chip(i386.VMSTATE_SEGMENT("cs", long_bits=32)), State(cs=segment)).data
    assert short.hex() == "00000001" + "00000002" + "00000003" + "00000004"
    long = engine.save(chip(i386.VMSTATE_SEGMENT("cs")), State(cs=segment)).data
    assert long.hex() == "00000001" + "0000000000000002" + "00000003" + "00000004"


def test_a_branch_record_has_names_that_python_keeps_for_itself(engine):
    record = State(**{"from": 1, "to": 2, "info": 3})
    data = engine.save(chip(i386.VMSTATE_LBR_VARS("lbr", 1, 0)), State(lbr=[record])).data
    assert data == b"".join(number.to_bytes(8) for number in (1, 2, 3))
