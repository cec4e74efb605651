"""How a virtio device's registers are reached over PCI: modern and legacy interface.

Owns bringing a device up and telling it of buffers.  It knows neither what a device does
nor what is in its queues.

Source: Virtual I/O Device (VIRTIO) 1.2, sections 3.1 and 4.1; QEMU 7.2
hw/virtio/virtio-pci.c, virtio_pci_common_write and virtio_ioport_write.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from harness.command import Command
from harness.qemu.drivers.access import Registers
from harness.qemu.drivers.virtio_ring import Ring
from harness.qemu.pci.function import CAP_VENDOR, Bar, Function

VENDOR = 0x1AF4
#: Device IDs of transitional devices; modern ones have the device type added to the last.
_FIRST_TRANSITIONAL, _FIRST_MODERN, _LAST_MODERN = 0x1000, 0x1040, 0x107F

#: Bits of the device status.
ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK = 1, 2, 4, 8

#: Features that belong to the transport.
F_INDIRECT, F_VERSION_1, F_RING_PACKED = 1 << 28, 1 << 32, 1 << 34

NO_VECTOR = 0xFFFF

# Kinds of structures that a vendor capability points to.
_COMMON, _NOTIFY, _ISR, _DEVICE = 1, 2, 3, 4

# The common configuration structure.
_DRIVER_FEATURE_SELECT, _DRIVER_FEATURE = 0x08, 0x0C
_CONFIG_VECTOR, _STATUS = 0x10, 0x14
_QUEUE_SELECT, _QUEUE_SIZE, _QUEUE_VECTOR, _QUEUE_ENABLE = 0x16, 0x18, 0x1A, 0x1C
_QUEUE_DESCRIPTORS = 0x20

# The legacy header.
_L_FEATURES, _L_QUEUE_PFN, _L_QUEUE_SELECT, _L_NOTIFY = 0x04, 0x08, 0x0E, 0x10
_L_STATUS, _L_ISR, _L_CONFIG = 0x12, 0x13, 0x14


class Transport(Protocol):
    """A way to a device's registers."""

    #: Whether a packed ring, or one of another size, may be used.
    modern: bool

    def bring_up(
        self, features: int, rings: Sequence[Ring], vector: int = NO_VECTOR
    ) -> tuple[Command, ...]:
        """Return the commands that reset the device and make it ready, with *rings*.

        The rings' memory stays as it is.
        """

    def reset(self) -> Command:
        """Return the command that resets the device."""

    def kick(self, queue: int) -> Command:
        """Return the command that says that there is something in *queue*."""

    def acknowledge(self) -> Command:
        """Return the command that reads, and so clears, the interrupt status."""

    @property
    def config_size(self) -> int:
        """How many bytes of the device's own configuration can be reached."""

    def config_read(self, offset: int, width: int) -> Command:
        """Return the command that reads the device's own configuration."""

    def config_write(self, offset: int, width: int, value: int) -> Command:
        """Return the command that writes the device's own configuration."""


class Modern:
    """The interface that capabilities describe."""

    modern = True

    def __init__(self, function: Function) -> None:
        """Find the structures.

        Raises:
            ValueError: one of them is missing.
        """
        found: dict[int, Registers] = {}
        self._multiplier = 0
        for one in function.capabilities:
            body = one.body
            if one.id != CAP_VENDOR or len(body) < 16 or body[3] in found:
                continue
            bar = function.bar(body[4])
            offset = int.from_bytes(body[8:12], "little")
            size = int.from_bytes(body[12:16], "little")
            if bar is None or offset + size > bar.size:
                continue
            where = Bar(bar.index, bar.space, bar.address + offset, size)
            found[body[3]] = Registers(where)
            if body[3] == _NOTIFY:
                self._multiplier = int.from_bytes(body[16:20], "little")
        if not {_COMMON, _NOTIFY, _ISR} <= found.keys():
            raise ValueError(f"{function.address} has no modern virtio interface")
        self._common, self._notify, self._isr = found[_COMMON], found[_NOTIFY], found[_ISR]
        self._device = found.get(_DEVICE, Registers(Bar(0, "memory", 0, 0)))

    def bring_up(
        self, features: int, rings: Sequence[Ring], vector: int = NO_VECTOR
    ) -> tuple[Command, ...]:
        """Return the commands that reset the device and make it ready, with *rings*."""
        common = self._common
        commands = [
            self.reset(),
            common.write(_STATUS, ACKNOWLEDGE | DRIVER, 1),
            common.write(_DRIVER_FEATURE_SELECT, 0),
            common.write(_DRIVER_FEATURE, features),
            common.write(_DRIVER_FEATURE_SELECT, 1),
            common.write(_DRIVER_FEATURE, features >> 32),
            common.write(_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK, 1),
            common.write(_CONFIG_VECTOR, vector, 2),
        ]
        for number, ring in enumerate(rings):
            commands.extend(self._set_up(number, ring))
            commands.append(common.write(_QUEUE_VECTOR, vector, 2))
        ready = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK
        return (*commands, common.write(_STATUS, ready, 1))

    def _set_up(self, number: int, ring: Ring) -> tuple[Command, ...]:
        common = self._common
        halves = [half for area in ring.areas for half in (area & 0xFFFFFFFF, area >> 32)]
        return (
            common.write(_QUEUE_SELECT, number, 2),
            common.write(_QUEUE_SIZE, ring.size, 2),
            *(common.write(_QUEUE_DESCRIPTORS + 4 * n, half) for n, half in enumerate(halves)),
            common.write(_QUEUE_ENABLE, 1, 2),
        )

    def reset(self) -> Command:
        """Return the command that resets the device."""
        return self._common.write(_STATUS, 0, 1)

    def kick(self, queue: int) -> Command:
        """Return the command that says that there is something in *queue*."""
        return self._notify.write(self._multiplier * queue, queue, 2)

    def acknowledge(self) -> Command:
        """Return the command that reads, and so clears, the interrupt status."""
        return self._isr.read(0, 1)

    @property
    def config_size(self) -> int:
        """How many bytes of the device's own configuration can be reached."""
        return self._device.bar.size

    def config_read(self, offset: int, width: int) -> Command:
        """Return the command that reads the device's own configuration."""
        return self._device.read(offset, width)

    def config_write(self, offset: int, width: int, value: int) -> Command:
        """Return the command that writes the device's own configuration."""
        return self._device.write(offset, value, width)


class Legacy:
    """The interface of the first devices: ports, and queues as page numbers.

    MSI-X has to be off, as it is after reset: on, it moves the device's configuration.
    """

    modern = False

    def __init__(self, function: Function) -> None:
        """Find the ports.

        Raises:
            ValueError: there are none.
        """
        ports = Registers.of(function, 0)
        if ports.bar.space != "io":
            raise ValueError(f"{function.address} has no legacy virtio interface")
        self._ports = ports

    def bring_up(
        self,
        features: int,
        rings: Sequence[Ring],
        vector: int = NO_VECTOR,  # noqa: ARG002 (the interface has vectors only with MSI-X)
    ) -> tuple[Command, ...]:
        """Return the commands that reset the device and make it ready, with *rings*."""
        ports = self._ports
        commands = [
            self.reset(),
            ports.write(_L_STATUS, ACKNOWLEDGE | DRIVER, 1),
            ports.write(_L_FEATURES, features),
        ]
        for number, ring in enumerate(rings):
            commands.append(ports.write(_L_QUEUE_SELECT, number, 2))
            commands.append(ports.write(_L_QUEUE_PFN, ring.areas[0] >> 12))
        return (*commands, ports.write(_L_STATUS, ACKNOWLEDGE | DRIVER | DRIVER_OK, 1))

    def reset(self) -> Command:
        """Return the command that resets the device."""
        return self._ports.write(_L_STATUS, 0, 1)

    def kick(self, queue: int) -> Command:
        """Return the command that says that there is something in *queue*."""
        return self._ports.write(_L_NOTIFY, queue, 2)

    def acknowledge(self) -> Command:
        """Return the command that reads, and so clears, the interrupt status."""
        return self._ports.read(_L_ISR, 1)

    @property
    def config_size(self) -> int:
        """How many bytes of the device's own configuration can be reached."""
        return self._ports.bar.size - _L_CONFIG

    def config_read(self, offset: int, width: int) -> Command:
        """Return the command that reads the device's own configuration."""
        return self._ports.read(_L_CONFIG + offset, width)

    def config_write(self, offset: int, width: int, value: int) -> Command:
        """Return the command that writes the device's own configuration."""
        return self._ports.write(_L_CONFIG + offset, value, width)


def device_type(function: Function) -> int:
    """Return the virtio device type of *function*; 0 if it is no virtio device.

    Source: VIRTIO 1.2, section 4.1.2.1; a transitional device has it as subsystem ID.
    """
    if function.vendor_id != VENDOR:
        return 0
    if _FIRST_TRANSITIONAL <= function.device_id < _FIRST_MODERN:
        return function.subsystem_id
    if _FIRST_MODERN <= function.device_id <= _LAST_MODERN:
        return function.device_id - _FIRST_MODERN
    return 0


def transports(function: Function) -> tuple[Transport, ...]:
    """Return the ways to the registers of *function*, the modern one first."""
    found: list[Transport] = []
    for kind in (Modern, Legacy):
        try:
            found.append(kind(function))
        except ValueError:
            continue
    return tuple(found)
