"""The memory tree: QEMU's ``info mtree -f -o`` read into flat ranges.

Pure: text in, values out.  It knows owners by their QOM path only; which device and
which section that is, is :mod:`harness.qemu.owners`' business.

Source: QEMU 7.2 softmmu/memory.c, mtree_print_flatview and mtree_expand_owner.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import QmpError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.command import Space

#: The command that prints what is read here.
COMMAND = "info mtree -f -o"

#: The address space of ports, as QEMU names it.
_PORTS = "I/O"
#: Address spaces of memory, the first that there is counts: qtest's commands reach what the first
#: CPU sees.  On most boards that is all memory; a microcontroller's CPU has registers of its own.
#: Source: QEMU 5.2 to 11.1 softmmu/qtest.c (system/qtest.c), qtest_process_command.
_MEMORIES = ("cpu-memory-0", "memory")

#: Where devices with an ``id=`` are in the QOM tree; the printout gives the id alone.
_PERIPHERAL = "/machine/peripheral"

#: Kinds of ranges behind which a device's handlers are: one of flash is read as memory at rest, but
#: what is written to it are commands.  Source: QEMU 7.2 softmmu/memory.c, memory_region_type.
_REGISTERS = frozenset({"i/o", "romd"})

#: Containers that decode what none of their members does; the root adds its own name.
_CONTAINERS = frozenset({"pci"})

_ADDRESS_SPACE = re.compile(r'^ AS "(?P<name>.*)", root: ')
_ROOT = re.compile(r"^ Root memory region: (?P<name>.*)$")
_RANGE = re.compile(
    r"^  (?P<start>[0-9a-f]{16})-(?P<last>[0-9a-f]{16}) "
    r"\(prio -?\d+, (?P<kind>[^)]*)\): (?P<name>.*?)"
    r"(?: @(?P<offset>[0-9a-f]{16}))?"
    r"(?: owner:\{(?P<owner>[^}]*)\})?"
    r"(?: parent:\{(?P<parent>[^}]*)\})?"
    r"(?: [a-z]+)?$"
)


@dataclass(frozen=True, slots=True)
class Range:
    """A run of addresses that one memory region decodes.

    Attributes:
        space: ``io`` or ``memory``.
        start: first address.
        size: bytes.
        name: the region's name; with its address (``ide@0x170``) where one owner has
            several regions of one name, which offsets alone would not tell apart.
        offset: where *start* is within the region.
        owner_path: QOM path of the owner; empty where the region has none.
    """

    space: Space
    start: int
    size: int
    name: str
    offset: int
    owner_path: str


def parse(text: str) -> tuple[Range, ...]:
    """Return the ranges of registers in the two address spaces that qtest reaches.

    RAM, ROM that is no flash, and what only the containers themselves decode are left out.

    Raises:
        QmpError: the text has neither address space, so it is no flat view.
    """
    views = _views(text)
    spaces: dict[str, Space] = {_PORTS: "io", _memory(views): "memory"}
    ranges: list[Range] = []
    for name, space in spaces.items():
        lines = views.get(name, [])
        ranges += _ranges(space, lines, _CONTAINERS | _roots(views))
    if not spaces.keys() & views.keys():
        first = text.strip().splitlines()[0] if text.strip() else "nothing"
        raise QmpError(COMMAND, f"expected flat views of I/O and memory, got {first!r}")
    return tuple(_told_apart(ranges))


def parse_ram(text: str, *, apart_from: str = "") -> tuple[tuple[int, int], ...]:
    """Return first address and size of every run of RAM that qtest's commands reach.

    Args:
        text: what ``info mtree -f -o`` says.
        apart_from: what the names of regions begin with that do not count; empty for none.
    """
    views = _views(text)
    runs = []
    for line in views.get(_memory(views), []):
        match = _RANGE.match(line)
        if match is None or (apart_from and match["name"].startswith(apart_from)):
            continue
        if match["kind"] == "ram":
            start = int(match["start"], 16)
            runs.append((start, int(match["last"], 16) - start + 1))
    return tuple(runs)


def _views(text: str) -> dict[str, list[str]]:
    """Return the lines of the view of each address space, by the space's name."""
    pieces = re.split(r"^FlatView #\d+\n", text, flags=re.MULTILINE)[1:]
    views = [piece.splitlines() for piece in pieces]
    return {
        match["name"]: lines
        for lines in views
        for line in lines
        if (match := _ADDRESS_SPACE.match(line))
    }


def _memory(views: Mapping[str, list[str]]) -> str:
    """Return the name of the address space that qtest's commands on memory reach."""
    return next((name for name in _MEMORIES if name in views), _MEMORIES[-1])


def _roots(views: Mapping[str, list[str]]) -> frozenset[str]:
    """Return the names of all root regions: behind the own one of a CPU is that of the system."""
    matches = (_ROOT.match(line) for lines in views.values() for line in lines)
    return frozenset(match["name"] for match in matches if match is not None)


def _told_apart(ranges: list[Range]) -> list[Range]:
    """Put the address behind the names of ranges that would mean the same register."""
    groups: dict[tuple[str, str, str], list[Range]] = defaultdict(list)
    for item in ranges:
        groups[item.space, item.owner_path, item.name].append(item)
    return [
        replace(item, name=f"{item.name}@{item.start:#x}")
        if any(
            other is not item
            and other.offset < item.offset + item.size
            and item.offset < other.offset + other.size
            for other in groups[item.space, item.owner_path, item.name]
        )
        else item
        for item in ranges
    ]


def _ranges(space: Space, lines: list[str], containers: frozenset[str]) -> list[Range]:
    found = []
    for line in lines:
        match = _RANGE.match(line)
        if match is None or match["kind"] not in _REGISTERS or match["name"] in containers:
            continue
        start = int(match["start"], 16)
        found.append(
            Range(
                space=space,
                start=start,
                size=int(match["last"], 16) - start + 1,
                name=match["name"],
                offset=int(match["offset"] or "0", 16),
                owner_path=_path(match["owner"] or "") or _parent_path(match),
            )
        )
    return found


def _parent_path(match: re.Match[str]) -> str:
    """Return the path of the parent of an owner that is in no tree, if that is a device.

    Such is the list of a legacy device's ports, from QEMU 8.2 on.
    """
    parent = match["parent"] or ""
    return _path(parent) if match["owner"] and parent.startswith("dev ") else ""


def _path(owner: str) -> str:
    """Return the QOM path in ``dev path=/machine/…`` or ``dev id=NAME``; empty for a mere type."""
    _, _, where = owner.partition(" ")
    key, _, value = where.partition("=")
    if key == "id":
        return f"{_PERIPHERAL}/{value}"
    return value if key == "path" else ""
