"""Board: drivers of devices that a machine has built in, by their QOM type.

They make the same commands on a QEMU and on a machine of models.
"""

from __future__ import annotations

from harness.qemu.drivers import i8259, mc146818
from harness.regions import Owner, RegionMap
from harness.work import Work

_FAMILIES = (i8259, mc146818)


def board_works(regions: RegionMap, owner: Owner, *, has_clock: bool) -> tuple[Work, ...]:
    """Return what can be asked of *owner*; nothing where no driver knows it.

    Args:
        regions: of the whole machine.
        owner: the device.
        has_clock: whether time may be stepped.
    """
    return tuple(
        work for family in _FAMILIES for work in family.works(regions, owner, has_clock=has_clock)
    )
