"""What the classes of virtio devices add to their sections: a network card and an IOMMU.

Source: QEMU 7.2 hw/net/virtio-net.c, hw/virtio/virtio-iommu.c.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.qemu.descriptions.virtio_parts import class_state
from tests.support.real_devices import Device, becomes, kept
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL_V,
    VMSTATE_BUFFER_POINTER_UNSAFE,
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_GTREE_V,
    VMSTATE_QLIST_V,
    VMSTATE_STRUCT_POINTER,
    VMSTATE_STRUCT_VARRAY_POINTER_UINT16,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_V,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UNUSED_VARRAY_UINT32,
    VMSTATE_VBUFFER_MULTIPLY,
    VMSTATE_WITH_TMP,
)
from vmstate.macros.devices.virtio_iommu import VMSTATE_INTERVAL, VMSTATE_MAPPING

#: How many addresses a network card's filter holds (MAC_TABLE_ENTRIES).
_ADDRESSES = 64


def _fits(state: Any, version_id: int) -> bool:
    return state.mac_table.in_use <= _ADDRESSES


def _does_not_fit(state: Any, version_id: int) -> bool:
    return not _fits(state, version_id)


class NetTmp:
    """What is sent of a card whose host end knows neither headers nor UDP fragments."""

    def __init__(self) -> None:
        self.parent: Any = None
        self.has_vnet_hdr = self.has_ufo = 0
        self.curr_queue_pairs_1 = 0
        self.vqs_1: list[Any] = []


vmstate_virtio_net_queue_tx_waiting = VMStateDescription(
    name="virtio-net-queue-tx_waiting",
    fields=(VMSTATE_UINT32("tx_waiting"),),
    source="QEMU 7.2 hw/net/virtio-net.c",
)

vmstate_virtio_net_tx_waiting = VMStateDescription(
    name="virtio-net-tx_waiting",
    fields=(
        VMSTATE_STRUCT_VARRAY_POINTER_UINT16(
            "vqs_1", "curr_queue_pairs_1", vmstate_virtio_net_queue_tx_waiting
        ),
    ),
    source="QEMU 7.2 hw/net/virtio-net.c",
)

vmstate_virtio_net_has_ufo = VMStateDescription(
    name="virtio-net-ufo",
    fields=(VMSTATE_UINT8("has_ufo"),),
    source="QEMU 7.2 hw/net/virtio-net.c",
)

vmstate_virtio_net_has_vnet = VMStateDescription(
    name="virtio-net-vnet",
    fields=(VMSTATE_UINT32("has_vnet_hdr"),),
    source="QEMU 7.2 hw/net/virtio-net.c",
)

# Without the fields of cards with several queues or with offloads that the guest accepted.
vmstate_virtio_net_device = VMStateDescription(
    name="virtio-net-device",
    version_id=11,
    minimum_version_id=11,
    fields=(
        VMSTATE_UINT8_ARRAY("mac", 6),
        VMSTATE_STRUCT_POINTER("vqs", vmstate_virtio_net_queue_tx_waiting),
        VMSTATE_UINT32("mergeable_rx_bufs"),
        VMSTATE_UINT16("status"),
        VMSTATE_UINT8("promisc"),
        VMSTATE_UINT8("allmulti"),
        VMSTATE_UINT32("mac_table.in_use"),
        VMSTATE_VBUFFER_MULTIPLY("mac_table.macs", 0, _fits, "mac_table.in_use", 6),
        VMSTATE_UNUSED_VARRAY_UINT32(_does_not_fit, 0, "mac_table.in_use", 6),
        VMSTATE_BUFFER_POINTER_UNSAFE("vlans", 0, 4096 >> 3),
        VMSTATE_WITH_TMP(NetTmp, vmstate_virtio_net_has_vnet),
        VMSTATE_UINT8("mac_table.multi_overflow"),
        VMSTATE_UINT8("mac_table.uni_overflow"),
        VMSTATE_UINT8("alluni"),
        VMSTATE_UINT8("nomulti"),
        VMSTATE_UINT8("nouni"),
        VMSTATE_UINT8("nobcast"),
        VMSTATE_WITH_TMP(NetTmp, vmstate_virtio_net_has_ufo),
        VMSTATE_WITH_TMP(NetTmp, vmstate_virtio_net_tx_waiting),
    ),
    source="QEMU 7.2 hw/net/virtio-net.c",
)


@dataclass(order=True, unsafe_hash=True)
class Interval:
    """An interval of addresses."""

    low: int = 0
    high: int = 0


@dataclass
class Mapping:
    """Where an interval is mapped to, and how."""

    phys_addr: int = 0
    flags: int = 0


@dataclass
class Endpoint:
    """A device behind the IOMMU."""

    id: int = 0


@dataclass
class Domain:
    """A space of addresses, and the devices in it."""

    id: int = 0
    mappings: dict[Interval, Mapping] = field(default_factory=dict)
    endpoint_list: list[Endpoint] = field(default_factory=list)
    bypass: bool = False


vmstate_endpoint = VMStateDescription(
    name="endpoint",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT32("id"),),
    source="QEMU 7.2 hw/virtio/virtio-iommu.c",
)

vmstate_domain = VMStateDescription(
    name="domain",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_UINT32("id"),
        VMSTATE_GTREE_V("mappings", 1, (VMSTATE_MAPPING(), VMSTATE_INTERVAL()), Interval, Mapping),
        VMSTATE_QLIST_V("endpoint_list", 1, vmstate_endpoint, Endpoint),
        VMSTATE_BOOL_V("bypass", 2),
    ),
    source="QEMU 7.2 hw/virtio/virtio-iommu.c",
)

vmstate_virtio_iommu_device = VMStateDescription(
    name="virtio-iommu-device",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_GTREE_DIRECT_KEY_V("domains", 2, vmstate_domain, Domain),
        VMSTATE_UINT8_V("config.bypass", 2),
    ),
    source="QEMU 7.2 hw/virtio/virtio-iommu.c",
)

#: Devices behind the IOMMU, as the bus numbers them: the first network cards.
_ENDPOINTS = (0x10, 0x18, 0x20)


def _put_in_order(state: Any) -> None:
    """Give each endpoint one domain, and each domain mappings that do not overlap.

    hw/virtio/virtio-iommu.c: reconstruct_endpoints aborts over an endpoint that is no
    device, and one that is in two domains would be freed while it is in a list.  Intervals
    that overlap are one key of the tree, and keys of domains have 32 bits.
    """
    free = list(_ENDPOINTS)
    domains = list(state.domains.items())
    state.domains.clear()
    for key, domain in domains:
        state.domains[key & 0xFFFFFFFF] = domain
        del domain.endpoint_list[len(free) :]
        for endpoint in domain.endpoint_list:
            endpoint.id = free.pop()
        drawn = list(domain.mappings.items())
        domain.mappings.clear()
        for number, (interval, mapping) in enumerate(drawn):
            low = number << 32 | interval.low & 0xFFFF
            domain.mappings[Interval(low, low + (interval.high & 0xFFFF))] = mapping


_NET: dict[str, Any] = {
    "mac_table.macs": lambda: bytearray(6 * _ADDRESSES),
    "vlans": lambda: bytearray(4096 >> 3),
}

DEVICES = (
    Device(
        section="virtio-net",
        machine="q35",
        description=vmstate_virtio_net_device,
        constants=_NET,
        inside=class_state(vmstate_virtio_net_device, 256, 4, _NET),
        limits=(
            kept(
                "hw/net/virtio-net.c, virtio_net_vnet_post_load, virtio_net_ufo_post_load: "
                "what the host end does not know is refused",
                "tmp[].*",
            ),
        ),
        rules=(
            becomes(
                lambda put: 0,
                "hw/net/virtio-net.c, virtio_net_set_features: the guest has not accepted them",
                "mergeable_rx_bufs",
            ),
            becomes(
                lambda put: b"\xff" * len(put.leaf.data),
                "hw/net/virtio-net.c, virtio_net_set_features: a guest that does not choose "
                "among virtual networks has all",
                "vlans",
            ),
        ),
    ),
    Device(
        section="virtio-iommu",
        description=vmstate_virtio_iommu_device,
        inside=class_state(vmstate_virtio_iommu_device, 256, 0, {}),
        tidy=_put_in_order,
    ),
)
