"""What a virtio device is attached by: the piece in front of its state.

Source: QEMU 11.1 hw/virtio/virtio-pci.c (virtio_pci_save_config), hw/virtio/virtio-mmio.c
(virtio_mmio_save_config); QEMU 7.2 hw/s390x/virtio-ccw.c (vmstate_virtio_ccw_dev),
hw/s390x/ccw-device.c, hw/s390x/css.c (vmstate_subch_dev and what is in it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from vmstate.decoded import pci
from vmstate.decoded.cutter import Cutter, Row
from vmstate.info.devices.pci import CONFIG_SIZE, EXPRESS_CONFIG_SIZE

#: Commands that a channel's device can tell of.
_CIWS = 62
#: Versions of a PCI device's state.
_PCI_VERSIONS = (1, 2)


@dataclass(frozen=True, slots=True)
class Transport:
    """A kind of transport.

    Attributes:
        cut: cuts the piece in front; returns whether each queue is sent with its vector.
        has_alignment: whether each queue is sent with its alignment.
    """

    cut: Callable[[Cutter], bool]
    has_alignment: bool = False


def _pci(size: int, cutter: Cutter) -> bool:
    """Cut the state of a PCI device with *size* bytes of configuration space."""
    if cutter.number("version_id", "int32 le") not in _PCI_VERSIONS:
        raise cutter.error("no state of a PCI device")
    start = cutter.offset
    space = Cutter(cutter.data[start : start + size])
    with cutter.inside("config"):
        pci.config(space)
        cutter.take_over(space)
    with cutter.inside("irq_state"):
        pci.irq_state(cutter)
    vectors = pci.vectors_of(space.data)
    if vectors:
        with cutter.inside("msix"):
            pci.messages(cutter, vectors)
        cutter.number("config_vector", "uint16")
    return vectors > 0


def _mmio(cutter: Cutter) -> bool:
    cutter.row(
        tuple(
            (name, "uint32")
            for name in ("host_features_sel", "guest_features_sel", "guest_page_shift")
        )
    )
    return False


def _channel(cutter: Cutter) -> bool:
    """Cut the state of an s390x channel's device."""
    with cutter.inside("sch"):
        cutter.row(_SUBCHANNEL_HEAD)
        with cutter.inside("curr_status"):
            cutter.row(_STATUS)
        cutter.raw("sense_data", "buffer", 32)
        cutter.number("channel_prog", "uint64")
        with cutter.inside("last_cmd"):
            cutter.row(_COMMAND)
        cutter.number("last_cmd_valid", "bool")
        with cutter.inside("id"):
            cutter.row(_SENSE_ID)
            cutter.rows("ciw", _CIW, _CIWS)
        cutter.row((("ccw_fmt_1", "bool"), ("ccw_no_data_cnt", "uint8")))
        cutter.subsections("s390_subch_dev", {"s390_subch_dev/orb": _orb})
    for name in ("indicators", "indicators2", "summary_indicator"):
        with cutter.inside(name):
            cutter.row((("len", "int32"), ("addr", "uint64")))
    cutter.number("config_vector", "uint16")
    with cutter.inside("routes.adapter"):
        cutter.number("ind_offset", "uint64")
        cutter.subsections(
            "s390_adapter_info", {"s390_adapter_info/summary_offset": _summary_offset}
        )
    cutter.row((("thinint_isc", "uint8"), ("revision", "int32")))
    return True


def _summary_offset(cutter: Cutter) -> None:
    cutter.number("summary_offset", "uint32")


def _orb(cutter: Cutter) -> None:
    with cutter.inside("orb"):
        cutter.row(
            (
                ("intparm", "uint32"),
                ("ctrl0", "uint16"),
                ("lpm", "uint8"),
                ("ctrl1", "uint8"),
                ("cpa", "uint32"),
            )
        )


_SUBCHANNEL_HEAD: Row = (
    ("cssid", "uint8 equal"),
    ("ssid", "uint8 equal"),
    ("migrated_schid", "uint16"),
    ("devno", "uint16 equal"),
    ("thinint_active", "bool"),
)
_STATUS: Row = (
    ("pmcw.intparm", "uint32"),
    ("pmcw.flags", "uint16"),
    ("pmcw.devno", "uint16"),
    ("pmcw.lpm", "uint8"),
    ("pmcw.pnom", "uint8"),
    ("pmcw.lpum", "uint8"),
    ("pmcw.pim", "uint8"),
    ("pmcw.mbi", "uint16"),
    ("pmcw.pom", "uint8"),
    ("pmcw.pam", "uint8"),
    *((f"pmcw.chpid[{number}]", "uint8") for number in range(8)),
    ("pmcw.chars", "uint32"),
    ("scsw.flags", "uint16"),
    ("scsw.ctrl", "uint16"),
    ("scsw.cpa", "uint32"),
    ("scsw.dstat", "uint8"),
    ("scsw.cstat", "uint8"),
    ("scsw.count", "uint16"),
    ("mba", "uint64"),
    *((f"mda[{number}]", "uint8") for number in range(4)),
)
_COMMAND: Row = (
    ("cmd_code", "uint8"),
    ("flags", "uint8"),
    ("count", "uint16"),
    ("cda", "uint32"),
)
_SENSE_ID: Row = (
    ("reserved", "uint8"),
    ("cu_type", "uint16"),
    ("cu_model", "uint8"),
    ("dev_type", "uint16"),
    ("dev_model", "uint8"),
    ("unused", "uint8"),
)
_CIW: Row = (("type", "uint8"), ("command", "uint8"), ("count", "uint16"))

#: All that there are, the most usual first.
TRANSPORTS = (
    Transport(partial(_pci, CONFIG_SIZE)),
    Transport(partial(_pci, EXPRESS_CONFIG_SIZE)),
    Transport(_mmio, has_alignment=True),
    Transport(_channel),
)
