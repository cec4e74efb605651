"""Needs: the few devices that ask for more than rules about properties can give.

Data: which types, what they are given, and why.  Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.qemu.argv import PEER_SOCKET


@dataclass(frozen=True, slots=True)
class Need:
    """Something that devices of some types can't be created without.

    Attributes:
        types: a pattern that the whole name of the type matches.
        reason: why they need it.
        options: properties of the device.
        arguments: what else stands on the command line.
        after: a device that reaches it, behind it; ``{id}`` is the id of the device itself.  It is
            not there where a machine refuses it.
    """

    types: str
    reason: str
    options: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


#: Controllers that are tried before all others that offer their bus.  They do what they are told
#: when they are told, while UHCI and OHCI wait for a frame's time to pass and EHCI rebuilds its
#: queues when the machine runs on, which it does not between a load and what is asked next.
#: Source: QEMU 7.2 hw/usb/hcd-ehci.c, usb_ehci_vm_state_change; hcd-uhci.c, uhci_frame_timer.
PROMPT = ("qemu-xhci", "virtio-scsi-pci")

#: All of them; a type may match several.
NEEDS = (
    Need("nvme", "it refuses an empty serial number", {"serial": "1"}),
    Need(
        "ivshmem-plain",
        "as the peer of another machine it refuses to be migrated",
        {"master": "on"},
    ),
    Need(
        "ipmi-bmc-(sim|extern)",
        "it is spoken to through an interface, and has no registers of its own",
        after=("-device", "pci-ipmi-kcs,id={id}-interface,bmc={id}"),
    ),
    Need(
        "ccid-card-passthru|ipmi-bmc-extern",
        "they want somebody at the other end of their character device",
        {"chardev": "listener"},
        arguments=(
            *("-chardev", f"socket,id=listener,server=on,wait=off,path={PEER_SOCKET}"),
            *("-chardev", f"socket,id=speaker,path={PEER_SOCKET}"),
        ),
    ),
    Need(
        "ccid-card-passthru",
        "what comes in at its character device moves it: here what the guest writes to a port",
        after=("-device", "isa-debugcon,id={id}-speaker,chardev=speaker"),
    ),
    Need(
        "loader",
        "it is a write to memory at reset, and wants to know what and where",
        {"addr": "0x1000", "data": "0", "data-len": "4"},
    ),
    Need(
        "pc-dimm|nvdimm|virtio-mem(-pci)?|virtio-pmem(-pci)?",
        "the machine must have address space left for more memory",
        arguments=("-m", "slots=2,maxmem=4G"),
    ),
    Need(
        "nvdimm",
        "machines refuse non-volatile memory unless told otherwise",
        arguments=("-machine", "nvdimm=on"),
    ),
    Need(
        "pxb-cxl|cxl-.*",
        "machines have no CXL unless told otherwise",
        arguments=("-machine", "cxl=on"),
    ),
)


def needs_of(name: str) -> tuple[Need, ...]:
    """Return what devices of type *name* need."""
    return tuple(need for need in NEEDS if re.fullmatch(need.types, name))
