"""Requests that a vhost backend has not answered yet.

Left out are the hooks that make the region before it is loaded and ask whether it came: the
destination has to hold one that is large enough.

Source: QEMU 11.1 hw/virtio/vhost.c, include/hw/virtio/vhost.h.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_STRUCT_POINTER,
    VMSTATE_UINT16,
    VMSTATE_UINT64,
    VMSTATE_VBUFFER_UINT64,
)

vmstate_vhost_inflight_region_buffer = VMStateDescription(
    name="vhost-inflight-region/buffer",
    fields=(VMSTATE_VBUFFER_UINT64("addr", 0, None, "size"),),
    source="QEMU 11.1 hw/virtio/vhost.c: vmstate_vhost_inflight_region_buffer",
)

vmstate_vhost_inflight_region = VMStateDescription(
    name="vhost-inflight-region",
    fields=(VMSTATE_UINT64("size"), VMSTATE_UINT16("queue_size")),
    subsections=(vmstate_vhost_inflight_region_buffer,),
    source="QEMU 11.1 hw/virtio/vhost.c: vmstate_vhost_inflight_region",
)


def VMSTATE_VHOST_INFLIGHT_REGION(f: str) -> Field:
    """A region of requests that the state points to.

    Wire: 8 bytes size, 2 bytes queue size, then ``vhost-inflight-region/buffer`` with as many
        bytes as the size says.
    Source: QEMU 11.1 include/hw/virtio/vhost.h, after 7.2.
    """
    return VMSTATE_STRUCT_POINTER(f, vmstate_vhost_inflight_region)
