"""Types of virtio devices: chains for a device of which nothing is known."""

import random

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.virtio_types import any_chain


def test_a_chain_for_any_device_is_never_empty_and_goes_into_every_queue():
    source = random.Random(3)
    draw_chain = any_chain(4)
    chains = [draw_chain(Draw(source.randbytes(100))) for _ in range(200)]
    assert {chain.queue for chain in chains} == {0, 1, 2, 3}
    for chain in chains:
        assert chain.out or chain.into
        assert all(chain.out)
        assert all(chain.into)
    assert any(not chain.into for chain in chains)
    assert any(not chain.out for chain in chains)
