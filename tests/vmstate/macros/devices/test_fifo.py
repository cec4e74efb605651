"""Rings: as many bytes as the ring has room for, and where they begin."""

from __future__ import annotations

import pytest

from tests.support.chips import State, chip
from vmstate.macros.devices.fifo import VMSTATE_FIFO8, VMSTATE_FIFO8_TEST, VMSTATE_FIFO32


def ring(data=b"\0\0\0", head=0, num=0):
    return State(data=bytearray(data), capacity=len(data), head=head, num=num)


def test_a_ring_is_its_bytes_head_and_count(engine):
    description = chip(VMSTATE_FIFO8("fifo"))
    data = engine.save(description, State(fifo=ring(b"abc", 2, 1))).data
    assert data == b"abc" + (2).to_bytes(4) + (1).to_bytes(4)
    loaded = engine.load(description, State(fifo=ring()), data)
    assert loaded.fifo == ring(b"abc", 2, 1)


def test_a_ring_of_words_is_one_of_bytes_inside(engine):
    description = chip(VMSTATE_FIFO32("words"))
    saved = engine.save(description, State(words=State(fifo=ring(b"abcd", 0, 4))))
    assert saved.data == b"abcd" + bytes(4) + (4).to_bytes(4)
    assert saved.spans[0].path == "words.fifo.data"


@pytest.mark.parametrize(("is_on", "size"), [(True, 11), (False, 0)])
def test_a_test_decides_whether_there_is_a_ring(engine, is_on, size):
    description = chip(VMSTATE_FIFO8_TEST("fifo", lambda state, version_id: state.is_on))
    assert len(engine.save(description, State(is_on=is_on, fifo=ring())).data) == size
