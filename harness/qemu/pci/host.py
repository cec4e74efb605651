"""Host bridges: where a machine's PCI lies in its address map, read from QEMU's own tree.

Pure: text in, values out.  Boards are not known by name; what counts is what their bridges
call their regions.

Source: QEMU 7.2 and 11.1 hw/pci/pci_host.c (``pci-conf-idx``, ``pci-conf-data``),
hw/pci/pcie_host.c (``pcie-mmcfg-mmio``), hw/pci-host/gpex.c, versatile.c, gt64120.c, q35.c;
Galileo GT-64120 data sheet 1.4, PCI_0 Command (0xc00).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.command import Command, Space
from harness.qemu.pci.config import Access, Pages, Pair

#: The command that prints what is read here; what is disabled, it leaves out.
COMMAND = "info mtree -o"

_SPACES: dict[str, Space] = {"memory": "memory", "I/O": "io"}
_SPACE = re.compile(r"^address-space: (?P<name>.*)$")
_REGION = re.compile(r"^memory-region: ")
_LINE = re.compile(
    r"^ +(?P<start>[0-9a-f]{16})-(?P<last>[0-9a-f]{16}) \(prio (?P<prio>-?\d+), [^)]*\): "
    r"(?:alias (?P<alias>.*?) @(?P<target>.*?) (?P<at>[0-9a-f]{16})-[0-9a-f]{16}|(?P<name>.*?))"
    r"(?: owner:\{(?P<owner>[^}]*)\})?(?: parent:\{[^}]*\})?$"
)
_IS_PORTS = re.compile(r"(^|[^a-z])io(port)?([^a-z]|$)|_io(port)?")
_IS_MEMORY = re.compile(r"mmio|[-_.]mem|window")
#: Sizes of pages by the region that has them.
_PAGES = {"pcie-mmcfg-mmio": 12, "pci-vpb-config": 8}
_LEAST_MEMORY = 1 << 20
#: What the register of a pair is called that transfers.
DATA = "pci-conf-data"
#: Ports below are those of ISA devices, which a register must not be put on.
_FIRST_PORT, _PORTS = 0x4000, 1 << 16
#: What a bridge must be told before the rest, by the region that its registers are: where, and
#: the double word.  GT-64120: bytes are swapped for big-endian processors (MByteSwap, SByteSwap),
#: so that configuration space is little-endian for all functions and not for itself alone.
_STARTS: dict[str, tuple[tuple[int, int], ...]] = {"gt64120-isd": ((0xC00, 0x0001_0001),)}
_FOUR_GIB = 1 << 32


@dataclass(frozen=True, slots=True)
class Window:
    """A run of addresses behind which the bus lies.

    Attributes:
        space: ``io`` or ``memory``, as the processor reaches it.
        address: its first address there.
        bus: what a base address register holds for that first address.
        size: bytes.
    """

    space: Space
    address: int
    bus: int
    size: int


@dataclass(frozen=True, slots=True)
class Host:
    """A host bridge.

    Attributes:
        access: how configuration space is reached.
        memory: where memory regions may be put; None where the tree does not show it.
        ports: where I/O regions may be put; None as above.
        start: what the bridge is told before anything is looked for.
        path: QOM path of the bridge, as the tree prints owners; empty where it does not.
    """

    access: Access
    memory: Window | None
    ports: Window | None
    start: tuple[Command, ...] = ()
    path: str = ""


#: Where a PC has room, whatever its chipset: above what any RAM of ours takes and the pages of
#: configuration space, below the interrupt controllers.  I/O as its firmware gives it.
PC_MEMORY = Window("memory", 0xC000_0000, 0xC000_0000, 0x3E00_0000)
PC_PORTS = Window("io", 0xC000, 0xC000, 0x4000)


@dataclass(frozen=True, slots=True)
class _Row:
    space: Space
    start: int
    size: int
    name: str
    target: str
    at: int
    owner: str


def find_hosts(text: str) -> tuple[Host, ...]:
    """Return the host bridges in ``info mtree -o``'s printout, in its order.

    Each region with a page for every function is one's; of pairs of registers the first counts.
    """
    rows = list(_rows(text))
    pages = [row for row in rows if row.target in _PAGES or row.name in _PAGES]
    index = next((row for row in rows if row.name == "pci-conf-idx"), None)
    data = next((row for row in rows if row.name == DATA), None)
    found: dict[str, Access] = {}
    for row in pages:
        found.setdefault(row.owner, Pages(row.start, _PAGES.get(row.target) or _PAGES[row.name]))
    if not found and index is not None and data is not None:
        found[index.owner] = Pair(index.space, index.start, data.start)
    if index is not None and index.space == "io":
        return tuple(
            Host(access, PC_MEMORY, PC_PORTS, path=_path(owner)) for owner, access in found.items()
        )
    return tuple(_host(rows, owner, access) for owner, access in found.items())


def _host(rows: list[_Row], owner: str, access: Access) -> Host:
    own = [row for row in rows if row.owner == owner and row.space == "memory"]
    start = tuple(
        Command("writel", (row.start + offset, value))
        for row in own
        for offset, value in _STARTS.get(row.name, ())
    )
    return Host(access, _memory(own), _ports(own), tuple(dict.fromkeys(start)), _path(owner))


def _path(owner: str) -> str:
    return owner.partition("path=")[2]


def _memory(own: list[_Row]) -> Window | None:
    """Return the largest window that 32-bit registers can name."""
    windows = [
        Window("memory", row.start, row.at, row.size)
        for row in own
        if row.target
        and row.target not in _PAGES
        and not _IS_PORTS.search(row.target)
        and _IS_MEMORY.search(f"{row.name} {row.target}")
        and row.size >= _LEAST_MEMORY
        and row.at + row.size <= _FOUR_GIB
    ]
    return max(windows, key=lambda window: window.size, default=None)


def _ports(own: list[_Row]) -> Window | None:
    for row in own:
        if _IS_PORTS.search(row.target or row.name):
            taken = max(0, _FIRST_PORT - row.at)
            room = min(row.size, _PORTS - row.at) - taken
            if room > 0:
                return Window("memory", row.start + taken, row.at + taken, room)
    return None


def _rows(text: str) -> Iterator[_Row]:
    space: Space | None = None
    is_heading = False
    for line in text.splitlines():
        if heading := _SPACE.match(line):
            # Spaces with one root stand above one tree.
            found_space = _SPACES.get(heading["name"])
            space = (space if is_heading else None) or found_space
            is_heading = True
            continue
        is_heading = False
        if _REGION.match(line):
            space = None
        elif space is not None and (found := _LINE.match(line)):
            start = int(found["start"], 16)
            yield _Row(
                space=space,
                start=start,
                size=int(found["last"], 16) - start + 1,
                name=found["alias"] or found["name"] or "",
                target=found["target"] or "",
                at=int(found["at"] or "0", 16),
                owner=found["owner"] or "",
            )
