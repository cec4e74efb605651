"""PCI devices: configuration space, interrupt pins, MSI-X and the hot-plug controller.

Owns which registers stand where in them.  Registers are named as in the specifications;
capabilities that are known are cut into theirs, others are one piece each.

Source: PCI Local Bus Specification 3.0, chapter 6; PCI Express Base Specification 3.0,
section 7.8; QEMU 7.2 hw/pci/msix.c (msix_save), hw/pci/pci.c (put_pci_irq_state),
hw/pci/shpc.c (SHPC_SIZEOF).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from vmstate.decoded.cutter import Cutter, Row
from vmstate.info.devices.msix import ENTRY_SIZE
from vmstate.info.devices.pci import CONFIG_SIZE, EXPRESS_CONFIG_SIZE

_U8, _U16, _U32, _U64 = "uint8", *(f"uint{bits} little-endian" for bits in (16, 32, 64))
_SIZES = {_U8: 1, _U16: 2, _U32: 4, _U64: 8}

_HEAD: Row = (
    ("vendor_id", _U16),
    ("device_id", _U16),
    ("command", _U16),
    ("status", _U16),
    ("revision_id", _U8),
    ("prog_if", _U8),
    ("subclass", _U8),
    ("base_class", _U8),
    ("cache_line_size", _U8),
    ("latency_timer", _U8),
    ("header_type", _U8),
    ("bist", _U8),
)
_DEVICE: Row = (
    *((f"bar[{number}]", _U32) for number in range(6)),
    ("cardbus_cis", _U32),
    ("subsystem_vendor_id", _U16),
    ("subsystem_id", _U16),
    ("rom_address", _U32),
    ("capability_list", _U8),
    *((f"reserved[{number}]", _U8) for number in range(7)),
    ("interrupt_line", _U8),
    ("interrupt_pin", _U8),
    ("min_gnt", _U8),
    ("max_lat", _U8),
)
_BRIDGE: Row = (
    ("bar[0]", _U32),
    ("bar[1]", _U32),
    ("primary_bus", _U8),
    ("secondary_bus", _U8),
    ("subordinate_bus", _U8),
    ("secondary_latency_timer", _U8),
    ("io_base", _U8),
    ("io_limit", _U8),
    ("secondary_status", _U16),
    ("memory_base", _U16),
    ("memory_limit", _U16),
    ("prefetchable_base", _U16),
    ("prefetchable_limit", _U16),
    ("prefetchable_base_upper", _U32),
    ("prefetchable_limit_upper", _U32),
    ("io_base_upper", _U16),
    ("io_limit_upper", _U16),
    ("capability_list", _U8),
    *((f"reserved[{number}]", _U8) for number in range(3)),
    ("rom_address", _U32),
    ("interrupt_line", _U8),
    ("interrupt_pin", _U8),
    ("bridge_control", _U16),
)
_HEADERS = {0: _DEVICE, 1: _BRIDGE}
_STATUS, _HEADER_TYPE, _FIRST_CAPABILITY = 0x06, 0x0E, 0x34
_HAS_CAPABILITIES = 0x10
_HEAD_SIZE = 0x40

_MSI_64_BITS, _MSI_MASKS = 0x80, 0x100
_EXPRESS_VERSION = 0xF
MSIX_CAPABILITY = 0x11
#: Bits of an MSI-X's control that tell how many vectors there are, less one.
_VECTORS = 0x7FF


def config(cutter: Cutter) -> None:
    """Cut a configuration space of 256 or 4096 bytes.

    Bytes that no known register owns are pieces named by the place of their first byte.
    """
    data = cutter.data[cutter.offset :]
    if len(data) not in (CONFIG_SIZE, EXPRESS_CONFIG_SIZE):
        raise cutter.error(f"a configuration space of {len(data)} bytes, expected 256 or 4096")
    start = cutter.offset
    cutter.row(_HEAD)
    cutter.row(_HEADERS.get(data[_HEADER_TYPE] & 0x7F, ()))
    places = capabilities(data)
    reached = cutter.offset - start
    for place, end in pairwise([*places, CONFIG_SIZE]):
        cutter.raw(f"bytes_{reached:#04x}", "buffer", place - reached)
        reached = place + _capability(cutter, data[place:end], place)
    cutter.raw(f"bytes_{reached:#04x}", "buffer", CONFIG_SIZE - reached)
    reached = CONFIG_SIZE
    for place in [*_express_capabilities(data), len(data)]:
        cutter.raw(f"bytes_{reached:#05x}", "buffer", place - reached)
        reached = place


def irq_state(cutter: Cutter) -> None:
    """Cut the levels of pins A to D."""
    cutter.array("", "uint32", 4)


def msix(cutter: Cutter) -> None:
    """Cut a table of messages and the bits of those that are pending, which are all that is left.

    How many there are is not told: it follows from the size.
    """
    bits = 8 * (len(cutter.data) - cutter.offset)
    vectors = bits // (8 * ENTRY_SIZE + 1)
    if 8 * msix_size(vectors) != bits:
        raise cutter.error(f"{bits // 8} bytes are no table with its pending bits")
    messages(cutter, vectors)


def messages(cutter: Cutter, vectors: int) -> None:
    """Cut a table of *vectors* messages and the bits of those that are pending."""
    cutter.rows("table", (("address", _U64), ("data", _U32), ("control", _U32)), vectors)
    cutter.raw("pba", "buffer", -(-vectors // 8))


def msix_size(vectors: int) -> int:
    """Return the bytes that the state of MSI-X takes."""
    return ENTRY_SIZE * vectors + -(-vectors // 8)


def vectors_of(data: bytes) -> int:
    """Return how many vectors a configuration space says that its device has; 0 without MSI-X."""
    for place in capabilities(data):
        if data[place] == MSIX_CAPABILITY and place + 4 <= CONFIG_SIZE:
            return (int.from_bytes(data[place + 2 : place + 4], "little") & _VECTORS) + 1
    return 0


def capabilities(data: bytes) -> list[int]:
    """Return where the capabilities of a configuration space stand, by place.

    A list that leads in a circle, or out of where capabilities can be, ends there.
    """
    if not data[_STATUS] & _HAS_CAPABILITIES:
        return []
    places: set[int] = set()
    place = data[_FIRST_CAPABILITY] & ~3
    while _HEAD_SIZE <= place <= CONFIG_SIZE - 2 and place not in places:
        places.add(place)
        place = data[place + 1] & ~3
    return sorted(places)


def shpc(cutter: Cutter) -> None:
    """Cut the working registers of a standard hot-plug controller; slots are what is left."""
    slots, rest = divmod(len(cutter.data) - cutter.offset - 0x24, 4)
    if rest or slots < 0:
        raise cutter.error("no registers of a hot-plug controller: expected 0x24 + 4 x slots")
    cutter.row(_SHPC)
    cutter.rows("slot", (("status", _U16), ("event_latch", _U8), ("event_mask", _U8)), slots)


_SHPC: Row = (
    ("base_offset", _U32),
    ("slots_33", _U32),
    ("slots_66", _U32),
    ("nslots", _U8),
    ("first_device", _U8),
    ("physical_slot", _U16),
    ("secondary_bus", _U16),
    ("msi_control", _U8),
    ("program_interface", _U8),
    ("command", _U16),
    ("command_status", _U16),
    ("interrupt_locator", _U32),
    ("serr_locator", _U32),
    ("serr_interrupt", _U32),
)


def _capability(cutter: Cutter, data: bytes, place: int) -> int:
    """Cut the capability that begins *data*, which the next one ends; return its bytes."""
    number = data[0]
    name, row = _known(number, data)
    row = (("id", _U8), ("next", _U8), *row)
    size = sum(_SIZES[kind] for _, kind in row)
    if size > len(data) or not name:
        name, row, size = f"capability_{place:#04x}", row[:2], 2
    start = cutter.offset
    with cutter.inside(name):
        cutter.row(row)
        if name.startswith("capability"):
            # A vendor's own brings its length.
            wanted = data[2] if number == _VENDOR and len(data) > 2 else len(data)
            size = min(max(wanted, 2), len(data))
            cutter.raw("bytes", "buffer", size - 2)
    return cutter.offset - start


_VENDOR = 0x09


def _known(number: int, data: bytes) -> tuple[str, Row]:
    """Return the name of a capability and its registers behind the list's; empty if unknown."""
    if number == _MSI:
        return "msi", tuple(_msi(int.from_bytes(data[2:4], "little")))
    if number == _EXPRESS:
        is_second = len(data) > 2 and data[2] & _EXPRESS_VERSION >= 2
        return "express", _EXPRESS_ROW if is_second else _EXPRESS_ROW[:_EXPRESS_FIRST]
    return _CAPABILITIES.get(number, ("", ()))


def _msi(control: int) -> Iterator[tuple[str, str]]:
    yield "control", _U16
    yield "address", _U64 if control & _MSI_64_BITS else _U32
    yield "data", _U16
    if control & _MSI_MASKS:
        yield "reserved", _U16
        yield "mask", _U32
        yield "pending", _U32


_MSI, _EXPRESS = 0x05, 0x10
_CAPABILITIES: dict[int, tuple[str, Row]] = {
    0x01: ("pm", (("capabilities", _U16), ("control", _U16), ("bridge", _U8), ("data", _U8))),
    0x0D: ("ssid", (("reserved", _U16), ("subsystem_vendor_id", _U16), ("subsystem_id", _U16))),
    MSIX_CAPABILITY: ("msix", (("control", _U16), ("table", _U32), ("pba", _U32))),
}
_EXPRESS_ROW: Row = (
    ("capabilities", _U16),
    ("device_capabilities", _U32),
    ("device_control", _U16),
    ("device_status", _U16),
    ("link_capabilities", _U32),
    ("link_control", _U16),
    ("link_status", _U16),
    ("slot_capabilities", _U32),
    ("slot_control", _U16),
    ("slot_status", _U16),
    ("root_control", _U16),
    ("root_capabilities", _U16),
    ("root_status", _U32),
    ("device_capabilities_2", _U32),
    ("device_control_2", _U16),
    ("device_status_2", _U16),
    ("link_capabilities_2", _U32),
    ("link_control_2", _U16),
    ("link_status_2", _U16),
    ("slot_capabilities_2", _U32),
    ("slot_control_2", _U16),
    ("slot_status_2", _U16),
)
#: How many of them a capability of version 1 has: those of the device and of the link.
_EXPRESS_FIRST = 7


def _express_capabilities(data: bytes) -> list[int]:
    """Return where the extended capabilities stand, but for the first, which is always first."""
    places: set[int] = set()
    place = CONFIG_SIZE
    while CONFIG_SIZE <= place <= len(data) - 4 and place not in places:
        places.add(place)
        place = int.from_bytes(data[place + 2 : place + 4], "little") >> 4 & ~3
    return sorted(places)[1:]
