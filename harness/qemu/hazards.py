"""Hazards: what must not be touched over qtest, and why.

Some registers end the run without being a finding: they crash QEMU because no CPU is
running, or they do what they are there for and reset or power off the machine.  And two
choices of a driver allow a device to behave otherwise once it was loaded.  This is a table
and the question asked of it; it knows no process.

Source: QEMU 7.2, the files named with each entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from harness.regions import PAGE, Region, RegionMap

if TYPE_CHECKING:
    from harness.command import Command

_CURRENT_CPU = "its handler looks at the current CPU, which there is none of: QEMU crashes"
_RESET = "it resets the machine"

#: Regions that no command may touch, by name.
REGIONS: dict[str, str] = {
    "vmport": _CURRENT_CPU,  # hw/i386/vmport.c, vmport_ioport_read
    "apic-msi": _CURRENT_CPU,  # hw/intc/apic.c, apic_mem_read
    "piix3-reset-control": _RESET,  # hw/isa/piix3.c, rcr_write
    "piix-reset-control": _RESET,  # the same from 8.1 on: hw/isa/piix.c
    "lpc-reset-control": _RESET,  # hw/isa/lpc_ich9.c, ich9_rst_cnt_write
    "pvpanic": "it reports a panic of the guest, which stops the machine",  # hw/misc/pvpanic-isa.c
    "isa-debug-exit": "a write ends QEMU",  # hw/misc/debugexit.c
    "acpi-cnt": "it puts the machine to sleep or switches it off",  # hw/acpi/core.c
}


@dataclass(frozen=True, slots=True)
class ValueHazard:
    """A register byte that some values must not be written to.

    Attributes:
        region: name of its region.
        offset: where it is there.
        is_hazard: says of a byte whether it must not be written.
        reason: why.
        owner: type of the device that has it; empty for any.
    """

    region: str
    offset: int
    is_hazard: Callable[[int], bool]
    reason: str
    owner: str = ""


def _resets_by_port92(byte: int) -> bool:
    return bool(byte & 1)


def _pulses_reset(byte: int) -> bool:
    return byte & 0xF0 == 0xF0 and not byte & 1


def _names_a_surface(byte: int) -> bool:
    return byte != 0


def _has(bit: int, byte: int) -> bool:
    return bool(byte & bit)


def _any_value(_byte: int) -> bool:
    return True


#: Base addresses, and the bus numbers and windows of bridges.  Source: PCI-to-PCI Bridge
#: Architecture Specification 1.2, 3.2.
_MOVING = range(0x10, 0x34)
#: The same of a chipset's own functions: PCIEXBAR; PMBASE, ACPI_CNTL and RCBA; PMBA, PMREGMISC,
#: SMBBA and SMBHSTCFG.  Source: see :mod:`harness.qemu.pci.chipset`; Intel 82371AB data sheet
#: 7.1.28, 7.1.29.
_CHIPSETS = {
    "mch": (*range(0x60, 0x68),),
    "ICH9-LPC": (*range(0x40, 0x45), *range(0xF0, 0xF4)),
    "PIIX4_PM": (*range(0x40, 0x44), 0x80, *range(0x90, 0x94), 0xD2),
}
_MOVES = "it moves registers away from where the map says"

#: The common configuration of a virtio device; its type follows in the name.
_VIRTIO_COMMON = "virtio-pci-common"
#: Where a virtio driver accepts features, from 0 on: modern, legacy, and without PCI.  Source:
#: Virtual I/O Device (VIRTIO) 1.2, 4.1.4.3, 4.1.4.10, 4.2.2.
_VIRTIO_FEATURES = {_VIRTIO_COMMON: 0x0C, "virtio-pci": 0x04, "virtio-mmio": 0x20}
#: Features with which a device is right to behave otherwise once it was loaded.  No type but
#: virtio-net has the second one.
_NOT_ACCEPTED = {
    # hw/virtio/virtio.c, virtio_split_should_notify: signalled_used_valid is not sent, by design
    29: "VIRTIO_F_EVENT_IDX: after loading, a virtio device may interrupt once too often",
    # hw/net/virtio-net.c, virtio_net_post_load_device and virtio_net_announce: by a timer of its
    # own, and as QEMU has all its network cards do, for a second of the host's clock
    21: "VIRTIO_NET_F_GUEST_ANNOUNCE: after loading, the guest is asked to announce itself",
}

#: Values that must not be written, by register.
VALUES: tuple[ValueHazard, ...] = (
    # hw/i386/port92.c, port92_write
    ValueHazard("port92", 0, _resets_by_port92, f"bit 0 of port 0x92: {_RESET}"),
    # hw/input/pckbd.c, kbd_write_command
    ValueHazard(
        "i8042-cmd", 0, _pulses_reset, f"keyboard controller commands 0xf0 to 0xfe: {_RESET}"
    ),
    # hw/display/qxl.c, ioport_write: ports 14 and 20, and the same by another thread
    *(
        ValueHazard("qxl-ioports", port, _names_a_surface, "SPICE ends QEMU: no such surface")
        for port in (14, 20)
    ),
    *(ValueHazard(PAGE, offset, _any_value, _MOVES) for offset in _MOVING),
    *(
        ValueHazard(PAGE, offset, _any_value, _MOVES, owner)
        for owner, offsets in _CHIPSETS.items()
        for offset in offsets
    ),
    *(
        ValueHazard(region, start + bit // 8, partial(_has, 1 << bit % 8), reason)
        for region, start in _VIRTIO_FEATURES.items()
        for bit, reason in _NOT_ACCEPTED.items()
    ),
)

_VALUES_OF: dict[str, list[ValueHazard]] = {}
for _entry in VALUES:
    _VALUES_OF.setdefault(_entry.region, []).append(_entry)


class Hazards:
    """What must not be sent to one machine.

    Args:
        whole_map: a map that still has the hazardous regions in it.
        deadly: registers that only a CPU can reach: its own, and those that end QEMU when they
            are read without one, as was tried out.
    """

    def __init__(self, whole_map: RegionMap, deadly: RegionMap | None = None) -> None:
        self._map = whole_map
        # Few, if any, of a board's hundreds, and so the quicker to search.
        self.suspects = RegionMap(tuple(filter(_is_suspect, whole_map.regions)))
        self._deadly = deadly or RegionMap(())
        #: Verb and address of what reaches neither, whatever it writes.  A hunt draws many
        #: thousands of commands, to few places.
        self._harmless: set[tuple[str, int | str]] = set()
        #: The same answer costs more where something is reached, and each hunt of the machine
        #: asks for the same places again.
        self._judged = lru_cache(maxsize=1 << 14)(self._judge)

    def of(self, command: Command) -> str | None:
        """Return why *command* must not be sent, or None.

        Every byte that it reaches is looked at: QEMU splits an access at the border of two
        regions, so a word written next to a hazardous register reaches it too.
        """
        operands = command.operands
        if operands and (command.verb, operands[0]) in self._harmless:
            return None
        return self._judged(command)

    def _judge(self, command: Command) -> str | None:
        operands = command.operands
        space = command.space
        if space is None:
            return None
        start, end = command.address, command.address + command.size
        suspects = self.suspects.reached(space, start, end)
        deadly = self._deadly.reached(space, start, end)
        if command.spec.size and not (suspects or deadly):
            self._harmless.add((command.verb, operands[0]))
            return None
        for region in suspects:
            if is_hazardous(region):
                return f"{region.name}: {REGIONS[_bare_name(region)]}"
            if command.is_write:
                reason = _value_hazard(self._map, region, command)
                if reason is not None:
                    return reason
        for region in deadly:
            return f"{region.name}: only a CPU can reach it, and none runs"
        return None


def is_hazardous(region: Region) -> bool:
    """Return whether no command may touch *region*."""
    return _bare_name(region) in REGIONS


def _is_suspect(region: Region) -> bool:
    """Return whether anything in *region* is hazardous."""
    return is_hazardous(region) or _bare_name(region) in _VALUES_OF


def _bare_name(region: Region) -> str:
    """Return the region's name without the address or type that tells it from its namesakes."""
    name = region.name.partition("@")[0]
    return _VIRTIO_COMMON if name.startswith(_VIRTIO_COMMON) else name


def _value_hazard(whole_map: RegionMap, region: Region, command: Command) -> str | None:
    start, size = region.start - region.offset - command.address, command.size
    for entry in _VALUES_OF.get(_bare_name(region), ()):
        at = start + entry.offset
        if (
            0 <= at < size
            and entry.owner in {"", region.owner.type}
            and entry.is_hazard(_written_byte(whole_map, command, at))
        ):
            return entry.reason
    return None


def _written_byte(whole_map: RegionMap, command: Command, at: int) -> int:
    """Return the byte that a write puts *at* bytes behind its address."""
    if command.spec.size:
        return whole_map.bytes_of(command, command.value)[at]
    operand = command.operands[2]
    if isinstance(operand, int):
        return operand & 0xFF
    return bytes.fromhex(operand.removeprefix("0x"))[at]
