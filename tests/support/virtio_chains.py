"""Chains that a type of virtio device draws."""

import random
import struct

from harness.qemu.drivers.driver import Draw


def chains(kind, count=200):
    """So many chains; each in a queue that there is, with no empty piece."""
    source = random.Random(11)
    drawn = [kind.chain(Draw(source.randbytes(200))) for _ in range(count)]
    for chain in drawn:
        assert 0 <= chain.queue < len(kind.queues)
        assert all(chain.out)
        assert all(chain.into)
        assert chain.out or chain.into
    return drawn


def kinds(drawn, form, queue=0):
    """What the requests in *queue* begin with."""
    return {
        struct.unpack_from(form, chain.out[0])[0]
        for chain in drawn
        if chain.queue == queue and chain.out
    }
