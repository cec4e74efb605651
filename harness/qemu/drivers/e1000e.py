"""The driver of the 82574L Ethernet card (e1000e): an 8254x that receives what it sends.

Source: Intel 82574 GbE Controller Family Datasheet 3.4, chapters 7 and 10; QEMU 7.2
hw/net/e1000e_core.c (e1000e_tx_pkt_send).
"""

from __future__ import annotations

from harness.qemu.drivers.e1000 import E1000


class E1000e(E1000):
    """Drives the 82574L."""

    name = "e1000e"
    ids = frozenset({0x10D3})
    loops = True
