"""Serial and parallel ports, and serial cards on an IndustryPack carrier.

Source: QEMU 7.2 hw/char/serial.c, hw/char/serial-isa.c, hw/char/serial-pci.c,
hw/char/parallel.c, hw/ipack/ipack.c, hw/ipack/tpci200.c, hw/char/ipoctal232.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, becomes, with_bits
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BOOL_ARRAY,
    VMSTATE_INT32,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_V,
    VMSTATE_UINT16,
    VMSTATE_UINT16_V,
    VMSTATE_UINT32,
)
from vmstate.macros.devices.fifo import vmstate_fifo8
from vmstate.macros.devices.ipack import VMSTATE_IPACK_DEVICE
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE

vmstate_serial_thr_ipending = VMStateDescription(
    name="serial/thr_ipending",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_INT32("thr_ipending"),),
    source="QEMU 7.2 hw/char/serial.c",
)

vmstate_serial_tsr = VMStateDescription(
    name="serial/tsr",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("tsr_retry"),
        VMSTATE_UINT8("thr"),
        VMSTATE_UINT8("tsr"),
    ),
    source="QEMU 7.2 hw/char/serial.c",
)

vmstate_serial_recv_fifo = VMStateDescription(
    name="serial/recv_fifo",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_STRUCT("recv_fifo", 1, vmstate_fifo8),),
    source="QEMU 7.2 hw/char/serial.c",
)

vmstate_serial_xmit_fifo = VMStateDescription(
    name="serial/xmit_fifo",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_STRUCT("xmit_fifo", 1, vmstate_fifo8),),
    source="QEMU 7.2 hw/char/serial.c",
)

vmstate_serial_fifo_timeout_timer = VMStateDescription(
    name="serial/fifo_timeout_timer",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_TIMER_PTR("fifo_timeout_timer"),),
    source="QEMU 7.2 hw/char/serial.c",
)

vmstate_serial_timeout_ipending = VMStateDescription(
    name="serial/timeout_ipending",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_INT32("timeout_ipending"),),
    source="QEMU 7.2 hw/char/serial.c",
)

vmstate_serial_poll = VMStateDescription(
    name="serial/poll",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_INT32("poll_msl"),
        VMSTATE_TIMER_PTR("modem_status_poll"),
    ),
    source="QEMU 7.2 hw/char/serial.c",
)

vmstate_serial = VMStateDescription(
    name="serial",
    version_id=3,
    minimum_version_id=2,
    fields=(
        VMSTATE_UINT16_V("divider", 2),
        VMSTATE_UINT8("rbr"),
        VMSTATE_UINT8("ier"),
        VMSTATE_UINT8("iir"),
        VMSTATE_UINT8("lcr"),
        VMSTATE_UINT8("mcr"),
        VMSTATE_UINT8("lsr"),
        VMSTATE_UINT8("msr"),
        VMSTATE_UINT8("scr"),
        VMSTATE_UINT8_V("fcr_vmstate", 3),
    ),
    subsections=(
        vmstate_serial_thr_ipending,
        vmstate_serial_tsr,
        vmstate_serial_recv_fifo,
        vmstate_serial_xmit_fifo,
        vmstate_serial_fifo_timeout_timer,
        vmstate_serial_timeout_ipending,
        vmstate_serial_poll,
    ),
    source="QEMU 7.2 hw/char/serial.c",
)

vmstate_serial_mm = VMStateDescription(
    name="serial",
    version_id=3,
    minimum_version_id=2,
    fields=(VMSTATE_STRUCT("serial", 0, vmstate_serial),),
    source="QEMU 7.2 hw/char/serial.c",
)


vmstate_isa_serial = VMStateDescription(
    name="serial",
    version_id=3,
    minimum_version_id=2,
    fields=(VMSTATE_STRUCT("state", 0, vmstate_serial),),
    source="QEMU 7.2 hw/char/serial-isa.c",
)


vmstate_pci_serial = VMStateDescription(
    name="pci-serial",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_STRUCT("state", 0, vmstate_serial),
    ),
    source="QEMU 7.2 hw/char/serial-pci.c",
)


vmstate_parallel_isa = VMStateDescription(
    name="parallel_isa",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("state.dataw"),
        VMSTATE_UINT8("state.datar"),
        VMSTATE_UINT8("state.status"),
        VMSTATE_UINT8("state.control"),
        VMSTATE_INT32("state.irq_pending"),
        VMSTATE_INT32("state.epp_timeout"),
    ),
    source="QEMU 7.2 hw/char/parallel.c",
)


vmstate_tpci200 = VMStateDescription(
    name="tpci200",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_BOOL_ARRAY("big_endian", 3),
        VMSTATE_UINT8_ARRAY("ctrl", 4),
        VMSTATE_UINT16("status"),
        VMSTATE_UINT8("int_set"),
    ),
    source="QEMU 7.2 hw/ipack/tpci200.c",
)


vmstate_scc2698_channel = VMStateDescription(
    name="scc2698_channel",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_BOOL("rx_enabled"),
        VMSTATE_UINT8_ARRAY("mr", 2),
        VMSTATE_UINT8("mr_idx"),
        VMSTATE_UINT8("sr"),
        VMSTATE_UINT8_ARRAY("rhr", 3),
        VMSTATE_UINT8("rhr_idx"),
        VMSTATE_UINT8("rx_pending"),
    ),
    source="QEMU 7.2 hw/char/ipoctal232.c",
)

vmstate_scc2698_block = VMStateDescription(
    name="scc2698_block",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("imr"),
        VMSTATE_UINT8("isr"),
    ),
    source="QEMU 7.2 hw/char/ipoctal232.c",
)

vmstate_ipoctal = VMStateDescription(
    name="ipoctal232",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_IPACK_DEVICE("parent_obj"),
        VMSTATE_STRUCT_ARRAY("ch", 8, 1, vmstate_scc2698_channel),
        VMSTATE_STRUCT_ARRAY("blk", 4, 1, vmstate_scc2698_block),
        VMSTATE_UINT8("irq_vector"),
    ),
    source="QEMU 7.2 hw/char/ipoctal232.c",
)


DEVICES = (
    Device(
        section="serial",
        description=vmstate_isa_serial,
        constants={"state.recv_fifo.capacity": 16, "state.xmit_fifo.capacity": 16},
        limits=(
            with_bits(
                0x40,
                (
                    "hw/char/serial.c, serial_post_load: without a byte to be sent again the "
                    "transmitter must be empty"
                ),
                "state.lsr",
            ),
        ),
        rules=(
            becomes(
                lambda put: put.value | 0xC0 if put["fcr_vmstate"] & 1 else put.value & 0x3F,
                (
                    "hw/char/serial.c, serial_write_fcr: the register tells whether the FIFOs are "
                    "in use"
                ),
                "state.iir",
            ),
        ),
    ),
    Device(
        section="pci-serial",
        description=vmstate_pci_serial,
        constants={
            **pci_constants("dev"),
            "state.recv_fifo.capacity": 16,
            "state.xmit_fifo.capacity": 16,
        },
        limits=(
            pci_limit("dev"),
            with_bits(
                0x40,
                (
                    "hw/char/serial.c, serial_post_load: without a byte to be sent again the "
                    "transmitter must be empty"
                ),
                "state.lsr",
            ),
        ),
        rules=(
            becomes(
                lambda put: put.value | 0xC0 if put["fcr_vmstate"] & 1 else put.value & 0x3F,
                (
                    "hw/char/serial.c, serial_write_fcr: the register tells whether the FIFOs are "
                    "in use"
                ),
                "state.iir",
            ),
        ),
    ),
    Device(
        section="parallel_isa",
        description=vmstate_parallel_isa,
    ),
    Device(
        section="tpci200",
        description=vmstate_tpci200,
        constants=pci_constants("dev"),
        limits=(pci_limit("dev"),),
    ),
    Device(
        section="ipoctal232",
        description=vmstate_ipoctal,
    ),
)
