"""Which types hold fields, and that cutting one never fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pieces import paths, tiles
from vmstate.decoded.blob import cut, cut_with, is_blob

KINDS = [
    *("pci config", "pci irq state", "msix state", "shpc", "scsi-requests", "slbe"),
    *("tlb_entry", "tlb entry", "octeon_llm_tree", "usb-redir-bufpq", "usb-redir-packet-id-q"),
    *("vdagent/cbinfos", "virtio-gpu", "virtio"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_that_holds_fields_is_a_blob(kind):
    assert is_blob(kind)


@pytest.mark.parametrize("kind", ["uint8", "buffer", "?", "struct", "", "virtio class"])
def test_other_types_are_none(kind):
    assert not is_blob(kind)


@given(kind=st.sampled_from(KINDS), data=st.binary(max_size=300))
def test_odd_bytes_are_cut_as_far_as_they_go(kind, data):
    assert tiles(cut(kind, data, "virtio-net"))


def test_the_walk_ends_before_what_does_not_fit():
    cutter = cut("pci irq state", bytes(10), "dev")
    assert paths(cutter) == ["[0]", "[1]"]
    assert cutter.offset == 8
    assert cutter.was_stopped


def test_a_walk_that_comes_to_its_end_was_not_stopped():
    assert not cut("pci irq state", bytes(16), "dev").was_stopped
    assert not cut("scsi-requests", b"\0more", "dev").was_stopped


@pytest.mark.parametrize("kind", ["pci irq state", "virtio", "virtio-gpu"])
def test_a_walk_that_wants_more_bytes_was_stopped(kind):
    for size in (0, 8):
        assert cut(kind, bytes(size), "dev").was_stopped


def test_a_function_of_ones_own_is_stopped_likewise():
    cutter = cut_with(lambda inner: inner.row((("a", "uint8"), ("b", "uint32"))), b"abc")
    assert paths(cutter) == ["a"]
