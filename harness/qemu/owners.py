"""Owners: which device a QOM path is, and which section of the stream carries its state.

Pure: it puts together what three printouts say.  None of them says it alone:

- ``info qom-tree`` has the type of every object;
- ``-dump-vmstate`` has the description's name of every type of device;
- a stream of the machine has the sections that there really are.

A device that sits on a bus with addresses has a section of its own name, such as
``0000:00:01.3/piix4_pm``.  Others share their description's name and are told apart by an
instance id, given in the order in which they were realised.  That is the order in which the
system bus got them or what they are parts of; for those that are elsewhere, that of their
numbers in the QOM tree, with the user's devices last.  Where the devices and the sections
of a name don't match in number, nothing is guessed and the section is left empty.

Source: QEMU 7.2 and 11.1 migration/savevm.c, vmstate_register_with_alias_id; hw/pci/pci.c,
pcibus_get_dev_path; hw/core/qdev.c, device_set_realized, bus_add_child.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from harness.regions import Owner, Region

if TYPE_CHECKING:
    from collections.abc import Callable

#: The command whose output :func:`parse_qom_tree` reads.
QOM_TREE = "info qom-tree"

#: Type of the object that owns a legacy port's region from QEMU 8.2 on; its parent is the
#: device.  Source: QEMU 8.2 softmmu/ioport.c.
_PORTIO_LIST = "memory-region-portio-list"

#: Type of what holds devices that belong to nobody.
_CONTAINER = "container"

#: Type of what owns a region where QEMU names nobody; the name of the region follows.
UNOWNED = "unowned"

#: What the type of every CPU ends in.  Source: QEMU 7.2 target/*/cpu-qom.h, *_CPU_TYPE_SUFFIX.
_CPU_SUFFIX = "-cpu"

#: Types that only hold a place among the addresses, and keep nothing: for what is not modelled,
#: and for another view of other devices' registers.
#: Source: QEMU 7.2 hw/misc/unimp.c, hw/misc/empty_slot.c; hw/arm/armv7m.c, bitband_read.
_HOLLOW = frozenset({"unimplemented-device", "empty_slot", "ARM,bitband-memory"})
#: The same of one region of a device that keeps something elsewhere.
#: Source: QEMU 7.2 hw/pci-host/raven.c, raven_io_ops.
_WINDOWS = frozenset({("raven-pcihost", "pci-io-non-contiguous")})

#: Where the system bus is, and after how many numbers that no child has there are no more.
#: Source: QEMU 7.2 and 11.1 hw/core/sysbus.c, main_system_bus_create.
_SYSTEM_BUS = "/machine/unattached/sysbus"
_MOST_MISSING = 16

_QOM_LINE = re.compile(r"^(?P<indent> *)/(?P<name>.*) \((?P<type>[^()]*)\)$")
_INDENT = 2


class SectionName(NamedTuple):
    """What identifies a section in a machine."""

    idstr: str
    instance_id: int


def is_hollow(region: Region) -> bool:
    """Return whether nothing that *region*'s owner keeps is behind it."""
    owner = region.owner.type
    return owner in _HOLLOW or (owner, region.name.partition("@")[0]) in _WINDOWS


def is_cpu(owner: Owner) -> bool:
    """Return whether the registers of *owner* are a CPU's own: only it can reach them."""
    return owner.type.endswith(_CPU_SUFFIX)


def parse_qom_tree(text: str) -> dict[str, str]:
    """Return the type of every object in ``info qom-tree``'s printout, by its path.

    Source: QEMU 7.2 qom/qom-hmp-cmds.c, print_qom_composition.
    """
    types: dict[str, str] = {}
    parents: list[str] = []
    for line in text.splitlines():
        match = _QOM_LINE.match(line)
        if match is None:
            continue
        depth = len(match["indent"]) // _INDENT
        del parents[depth:]
        path = "/".join(("", *parents, match["name"]))
        parents.append(match["name"])
        types[path] = match["type"]
    return types


def parse_dump(dump: Mapping[str, object]) -> dict[str, str]:
    """Return the name of each type's description in ``-dump-vmstate``'s JSON.

    Source: QEMU 7.2 migration/savevm.c, dump_vmstate_json_to_file.
    """
    names = {}
    for qom_type, entry in dump.items():
        description = entry.get("Description") if isinstance(entry, dict) else None
        name = description.get("name") if isinstance(description, dict) else None
        if isinstance(name, str):
            names[qom_type] = name
    return names


def realised(qom_get: Callable[[str, str], object]) -> dict[str, int]:
    """Return when the system bus got each of its devices, by QOM path.

    Args:
        qom_get: tells a property of an object; anything but text where there is none.
    """
    places: dict[str, int] = {}
    number = missing = 0
    while missing < _MOST_MISSING:
        path = qom_get(_SYSTEM_BUS, f"child[{number}]")
        missing = 0 if isinstance(path, str) else missing + 1
        if isinstance(path, str):
            places[path] = number
        number += 1
    return places


class Owners:
    """The owners of a machine.

    Args:
        types: QOM type of each object, by path.
        descriptions: name of each type's description.
        sections: the sections that the machine sends.
        pci_address: tells the device and function number of a PCI device by its path, None
            for other devices; asked only where the names alone leave a choice.
        places: when the system bus got each of its devices, see :func:`realised`.
    """

    def __init__(
        self,
        types: Mapping[str, str],
        descriptions: Mapping[str, str],
        sections: Iterable[SectionName],
        pci_address: Callable[[str], int | None],
        places: Mapping[str, int],
    ) -> None:
        self._types = types
        self._described, self._names = frozenset(descriptions), frozenset(descriptions.values())
        self._pci_address = pci_address
        devices: defaultdict[str, list[str]] = defaultdict(list)
        # Some devices (the local APIC, CPUs) register a description of their own: their
        # class has none, but the section often has the type's name.
        namesakes: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(types, key=_realise_order):
            name = descriptions.get(types[path])
            (namesakes if name is None else devices)[name or types[path]].append(path)
        for group in (*devices.values(), *namesakes.values()):
            order = {path: at for path in group if (at := _place(path, places)) is not None}
            if len(order) == len(group):
                # Stable: parts of one device stay in the order of their names.
                group.sort(key=order.__getitem__)
        self._devices = devices
        by_name = defaultdict(list)
        for section in sections:
            by_name[section.idstr.rpartition("/")[2]].append(section)
        self._sections: dict[str, SectionName] = {}
        for name, candidates in by_name.items():
            # A part may be called what the description of the whole is called (``serial``).
            self._match(devices.get(name) or namesakes.get(name, []), candidates)

    def _match(self, paths: list[str], candidates: list[SectionName]) -> None:
        placed = [section for section in candidates if "/" in section.idstr]
        plain = sorted(section for section in candidates if "/" not in section.idstr)
        if not placed or len(paths) == len(placed) == 1:
            if len(paths) == len(candidates):
                self._sections.update(zip(paths, plain or placed, strict=True))
            return
        rest = []
        for path in paths:
            address = self._pci_address(path)
            if address is None:
                rest.append(path)
                continue
            suffix = f"{address >> 3:02x}.{address & 7:x}"
            mine = [s for s in placed if s.idstr.rpartition("/")[0].endswith(suffix)]
            if len(mine) == 1:
                self._sections[path] = mine[0]
        if len(rest) == len(plain):
            self._sections.update(zip(rest, plain, strict=True))

    @property
    def sections(self) -> Mapping[str, tuple[str, int]]:
        """The section of each object that has one, by QOM path."""
        return dict(self._sections.items())

    def of(self, path: str, region: str = "") -> Owner:
        """Return the owner at a QOM path.

        Args:
            path: empty where QEMU names none.
            region: name of what is owned.  Without a path, the one device whose description
                is called so has it (the legacy ports of ``ide``); else it is ``unowned``, each
                region for itself.  None that is called like a description is said to have none.
        """
        if self._types.get(path) == _PORTIO_LIST:
            path = path.rpartition("/")[0]
        if not path:
            name = region.partition("@")[0]
            namesakes = self._devices.get(name, [])
            if len(namesakes) != 1:
                is_known = not name or name in self._names
                return Owner(f"{UNOWNED} {name}".rstrip(), described=is_known)
            path = namesakes[0]
        path = self._whole(path)
        section = self._sections.get(path, SectionName("", 0))
        type_ = self._types.get(path, "unknown")
        described = self._is_described(path) or type_ == "unknown"
        return Owner(type_, path, *section, described=described)

    def _is_described(self, path: str) -> bool:
        return self._types.get(path) in self._described or path in self._sections

    def _whole(self, path: str) -> str:
        """Return the device that carries the state of the part at *path*, or *path* itself.

        A part without a description of its own (a register array, the buses of an I2C
        controller, the core of an xHCI) is described by the nearest device around it.  A PCI
        function is never a part: its host bridge's state is another's.
        """
        around = path
        while around and self._types.get(around, _CONTAINER) != _CONTAINER:
            if self._is_described(around) or self._pci_address(around) is not None:
                return around
            around = around.rpartition("/")[0]
        return path


def paths_of(types: Mapping[str, str], qom_type: str) -> tuple[str, ...]:
    """Return the paths of all objects of a type among *types*, in the order of their creation."""
    paths = [path for path, its_type in types.items() if its_type == qom_type]
    return tuple(sorted(paths, key=_realise_order))


def _place(path: str, places: Mapping[str, int]) -> int | None:
    """Return when the system bus got the device at *path*, or the nearest that it is part of."""
    while path and path not in places:
        path = path.rpartition("/")[0]
    return places.get(path)


def _realise_order(path: str) -> tuple[bool, list[tuple[str, int]]]:
    """Sort key: the board's devices first, ``device[4]`` before ``device[10]``."""
    words = re.findall(r"(\D+)(\d*)", path)
    return path.startswith("/machine/peripheral"), [(text, int(n or -1)) for text, n in words]
