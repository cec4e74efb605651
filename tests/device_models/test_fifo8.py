"""The FIFO: order, bounds, and nothing left behind that could be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.fifo8 import Fifo8, fifo8_vmsd
from vmstate import StreamError, load, save

VMSD = fifo8_vmsd(16)


def test_bytes_come_out_in_the_order_in_which_they_went_in():
    fifo = Fifo8()
    for byte in b"abc":
        fifo.push(byte)
    assert bytes(fifo.pop() for _ in range(3)) == b"abc"
    assert fifo.num == 0


def test_it_is_full_after_sixteen_bytes():
    fifo = Fifo8()
    for byte in range(16):
        assert not fifo.is_full
        fifo.push(byte)
    assert fifo.is_full


@given(st.lists(st.one_of(st.integers(0, 255), st.none())))
def test_it_is_a_queue(steps):
    fifo, queue = Fifo8(), []
    for byte in steps:
        if byte is None and queue:
            assert fifo.pop() == queue.pop(0)
        elif byte is not None and len(queue) < 16:
            fifo.push(byte)
            queue.append(byte)
        assert fifo.num == len(queue)
    if not queue:
        assert fifo == Fifo8()


def test_clearing_forgets_everything():
    fifo = Fifo8()
    fifo.push(1)
    fifo.push(2)
    fifo.pop()
    fifo.clear()
    assert fifo == Fifo8()


def test_its_bytes_are_ring_head_and_count():
    fifo = Fifo8()
    fifo.push(0xAB)
    fifo.push(0xCD)
    fifo.pop()
    assert save(VMSD, fifo).data.hex() == "00cd" + "00" * 14 + "00000001" + "00000001"


@pytest.mark.parametrize(("head", "num"), [(16, 0), (0, 17), (1 << 31, 1)])
def test_a_ring_out_of_its_bounds_is_refused(head, num):
    data = bytes(16) + head.to_bytes(4) + num.to_bytes(4)
    with pytest.raises(StreamError, match="Fifo8 at offset 0x18: post_load failed"):
        load(VMSD, Fifo8(), data, 1)


def test_a_full_ring_is_loaded():
    fifo = Fifo8()
    load(VMSD, fifo, bytes(range(16)) + bytes([0, 0, 0, 15, 0, 0, 0, 16]), 1)
    assert [fifo.pop() for _ in range(16)] == [15, *range(15)]
