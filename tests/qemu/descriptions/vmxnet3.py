"""The network card VMXNET3.

Source: QEMU 7.2 hw/net/vmxnet3.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import EXPRESS_CONFIG_SIZE, pci_constants, pci_limit
from tests.support.real_devices import Device, below
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_UINT64,
    VMSTATE_VBUFFER_UINT32,
)
from vmstate.macros.devices.pci import VMSTATE_MSIX, VMSTATE_PCI_DEVICE

vmxstate_vmxnet3_mcast_list = VMStateDescription(
    name="vmxnet3/mcast_list",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_VBUFFER_UINT32("mcast_list", 0, None, "mcast_list_buff_size"),),
    source="QEMU 7.2 hw/net/vmxnet3.c",
)

vmstate_vmxnet3_ring = VMStateDescription(
    name="vmxnet3-ring",
    fields=(
        VMSTATE_UINT64("pa"),
        VMSTATE_UINT32("size"),
        VMSTATE_UINT32("cell_size"),
        VMSTATE_UINT32("next"),
        VMSTATE_UINT8("gen"),
    ),
    source="QEMU 7.2 hw/net/vmxnet3.c",
)

vmstate_vmxnet3_tx_stats = VMStateDescription(
    name="vmxnet3-tx-stats",
    fields=(
        VMSTATE_UINT64("TSOPktsTxOK"),
        VMSTATE_UINT64("TSOBytesTxOK"),
        VMSTATE_UINT64("ucastPktsTxOK"),
        VMSTATE_UINT64("ucastBytesTxOK"),
        VMSTATE_UINT64("mcastPktsTxOK"),
        VMSTATE_UINT64("mcastBytesTxOK"),
        VMSTATE_UINT64("bcastPktsTxOK"),
        VMSTATE_UINT64("bcastBytesTxOK"),
        VMSTATE_UINT64("pktsTxError"),
        VMSTATE_UINT64("pktsTxDiscard"),
    ),
    source="QEMU 7.2 hw/net/vmxnet3.c",
)

vmstate_vmxnet3_txq_descr = VMStateDescription(
    name="vmxnet3-txq-descr",
    fields=(
        VMSTATE_STRUCT("tx_ring", 0, vmstate_vmxnet3_ring),
        VMSTATE_STRUCT("comp_ring", 0, vmstate_vmxnet3_ring),
        VMSTATE_UINT8("intr_idx"),
        VMSTATE_UINT64("tx_stats_pa"),
        VMSTATE_STRUCT("txq_stats", 0, vmstate_vmxnet3_tx_stats),
    ),
    source="QEMU 7.2 hw/net/vmxnet3.c",
)

vmstate_vmxnet3_rx_stats = VMStateDescription(
    name="vmxnet3-rx-stats",
    fields=(
        VMSTATE_UINT64("LROPktsRxOK"),
        VMSTATE_UINT64("LROBytesRxOK"),
        VMSTATE_UINT64("ucastPktsRxOK"),
        VMSTATE_UINT64("ucastBytesRxOK"),
        VMSTATE_UINT64("mcastPktsRxOK"),
        VMSTATE_UINT64("mcastBytesRxOK"),
        VMSTATE_UINT64("bcastPktsRxOK"),
        VMSTATE_UINT64("bcastBytesRxOK"),
        VMSTATE_UINT64("pktsRxOutOfBuf"),
        VMSTATE_UINT64("pktsRxError"),
    ),
    source="QEMU 7.2 hw/net/vmxnet3.c",
)

vmstate_vmxnet3_rxq_descr = VMStateDescription(
    name="vmxnet3-rxq-descr",
    fields=(
        VMSTATE_STRUCT_ARRAY("rx_ring", 2, 0, vmstate_vmxnet3_ring),
        VMSTATE_STRUCT("comp_ring", 0, vmstate_vmxnet3_ring),
        VMSTATE_UINT8("intr_idx"),
        VMSTATE_UINT64("rx_stats_pa"),
        VMSTATE_STRUCT("rxq_stats", 0, vmstate_vmxnet3_rx_stats),
    ),
    source="QEMU 7.2 hw/net/vmxnet3.c",
)

vmstate_vmxnet3_int_state = VMStateDescription(
    name="vmxnet3-int-state",
    fields=(
        VMSTATE_BOOL("is_masked"),
        VMSTATE_BOOL("is_pending"),
        VMSTATE_BOOL("is_asserted"),
    ),
    source="QEMU 7.2 hw/net/vmxnet3.c",
)

vmstate_vmxnet3 = VMStateDescription(
    name="vmxnet3",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_MSIX("parent_obj"),
        VMSTATE_BOOL("rx_packets_compound"),
        VMSTATE_BOOL("rx_vlan_stripping"),
        VMSTATE_BOOL("lro_supported"),
        VMSTATE_UINT32("rx_mode"),
        VMSTATE_UINT32("mcast_list_len"),
        VMSTATE_UINT32("mcast_list_buff_size"),
        VMSTATE_UINT32_ARRAY("vlan_table", 128),
        VMSTATE_UINT32("mtu"),
        VMSTATE_UINT16("max_rx_frags"),
        VMSTATE_UINT32("max_tx_frags"),
        VMSTATE_UINT8("event_int_idx"),
        VMSTATE_BOOL("auto_int_masking"),
        VMSTATE_UINT8("txq_num"),
        VMSTATE_UINT8("rxq_num"),
        VMSTATE_UINT32("device_active"),
        VMSTATE_UINT32("last_command"),
        VMSTATE_UINT32("link_status_and_speed"),
        VMSTATE_UINT32("temp_mac"),
        VMSTATE_UINT64("drv_shmem"),
        VMSTATE_UINT64("temp_shared_guest_driver_memory"),
        VMSTATE_STRUCT_ARRAY("txq_descr", 8, 0, vmstate_vmxnet3_txq_descr),
        VMSTATE_STRUCT_ARRAY("rxq_descr", 8, 0, vmstate_vmxnet3_rxq_descr),
        VMSTATE_STRUCT_ARRAY("interrupt_states", 25, 0, vmstate_vmxnet3_int_state),
    ),
    subsections=(vmxstate_vmxnet3_mcast_list,),
    source="QEMU 7.2 hw/net/vmxnet3.c",
)


DEVICES = (
    Device(
        section="vmxnet3",
        description=vmstate_vmxnet3,
        constants={
            **pci_constants("parent_obj", EXPRESS_CONFIG_SIZE, vectors=25),
            "mcast_list_len": 2,
            "mcast_list_buff_size": 12,
            "mcast_list": lambda: bytearray(12),
        },
        limits=(
            pci_limit("parent_obj", EXPRESS_CONFIG_SIZE),
            below(
                64,
                (
                    "hw/net/net_tx_pkt.c, net_tx_pkt_init: QEMU ends where there is no memory for "
                    "so many"
                ),
                "max_tx_frags",
            ),
            below(
                9,
                "hw/net/vmxnet3.c, vmxnet3_validate_queues: more are refused",
                "txq_num",
                "rxq_num",
            ),
            below(
                25,
                "hw/net/vmxnet3.c, vmxnet3_validate_interrupt_idx: QEMU aborts",
                "event_int_idx",
                "txq_descr[].intr_idx",
                "rxq_descr[].intr_idx",
            ),
        ),
    ),
)
