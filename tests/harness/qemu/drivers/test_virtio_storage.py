"""Virtio devices that hold data: their requests' headers."""

import struct

from harness.qemu.drivers.virtio_storage import BLOCK, NINE_P, PMEM, SCSI
from tests.support.virtio_chains import chains, kinds


def test_a_block_request_has_a_header_and_room_for_its_status():
    drawn = chains(BLOCK)
    assert kinds(drawn, "<I") >= {0, 1, 4, 8, 11, 13}
    for chain in drawn:
        assert len(chain.out[0]) == 16
        assert chain.into[-1] == 1
        if struct.unpack_from("<I", chain.out[0])[0] == 1:
            assert len(chain.out[1]) % 512 == 0


def test_a_block_device_is_read_after_zeros_were_written():
    write, read = BLOCK.proof.chains
    assert struct.unpack("<IIQ", write.out[0]) == (1, 0, 1000)
    assert struct.unpack("<IIQ", read.out[0]) == (0, 0, 1000)
    assert BLOCK.proof.answers[1].expected == bytes(513)


def test_scsi_requests_are_as_long_as_their_queue_wants_them():
    sizes = {0: {16, 24}, 1: set(), 2: {51}}
    for chain in chains(SCSI):
        assert {len(piece) for piece in chain.out} <= sizes[chain.queue]
        assert chain.into
        if chain.queue == 2:
            assert chain.out[0][0] == 1
            assert chain.into[0] == 108


def test_a_file_system_is_never_attached():
    for chain in chains(NINE_P, count=400):
        size, kind = struct.unpack_from("<IB", chain.out[0])
        assert size == len(chain.out[0])
        assert kind not in (102, 104)
    (version,) = NINE_P.proof.chains
    assert version.out[0][4] == 100
    assert NINE_P.proof.answers[0].expected[4] == 101


def test_memory_is_flushed():
    assert kinds(chains(PMEM), "<I") == {0, 1}
