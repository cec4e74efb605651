"""Blobs: fields that hold fields, which a vmdesc shows as one.

Owns which types those are, and what cuts each.
"""

from __future__ import annotations

from collections.abc import Mapping

from vmstate.decoded import pci, record, virtio, virtio_class
from vmstate.decoded.cutter import Cut, Cutter
from vmstate.errors import StreamError

_CUTS: Mapping[str, Cut] = {
    "pci config": pci.config,
    "pci irq state": pci.irq_state,
    "msix state": pci.msix,
    "shpc": pci.shpc,
    "scsi-requests": record.scsi_requests,
    "slbe": record.segment,
    "tlb_entry": record.mips_translation,
    "tlb entry": record.hppa_translation,
    "octeon_llm_tree": record.low_latency_memory,
    "usb-redir-bufpq": record.packets,
    "usb-redir-packet-id-q": record.packet_ids,
    "vdagent/cbinfos": record.clipboards,
    "virtio-gpu": virtio_class.gpu,
}
_VIRTIO = "virtio"


def is_blob(kind: str) -> bool:
    """Whether fields of type *kind* hold fields."""
    return kind in _CUTS or kind == _VIRTIO


def cut(kind: str, data: bytes, owner: str) -> Cutter:
    """Cut a field of type *kind* as far as it goes.

    Nothing is raised for odd bytes: the walk ends before them.

    Args:
        kind: one that is a blob.
        data: the field's bytes.
        owner: name of the description of its section.
    """
    if kind == _VIRTIO:
        return virtio.cut(data, owner)
    return cut_with(_CUTS[kind], data)


def cut_with(function: Cut, data: bytes) -> Cutter:
    """Cut *data* with *function* as far as it goes."""
    cutter = Cutter(data)
    try:
        function(cutter)
    except StreamError:
        cutter.was_stopped = True
    return cutter
