"""SCSI commands."""

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.scsi import INQUIRY, MOST, Block, draw_block
from tests.support.driven import drawn


def test_what_is_drawn_is_a_command_of_a_known_size_with_room_for_its_data():
    sizes = set()
    for data in drawn(500):
        block = draw_block(Draw(data))
        sizes.add(len(block.cdb))
        assert block.length <= MOST
        assert (block.way == "none") == (block.length == 0)
    assert sizes == {6, 10, 12, 16}


def test_data_may_be_cut_short():
    assert draw_block(Draw(b"")) == INQUIRY
    assert draw_block(Draw(b"\0\x0f")) == Block(INQUIRY.cdb, "in", 18)


def test_what_is_immediate_touches_no_sector_and_is_whole():
    assert draw_block(Draw(b"\0\x0f"), immediate=True) == INQUIRY
    codes = {draw_block(Draw(data), immediate=True).cdb[0] for data in drawn(500)}
    assert {0x12, 0x00, 0x1A} <= codes
    assert not codes & {0x08, 0x28, 0x2A, 0x35, 0x42, 0x88}
