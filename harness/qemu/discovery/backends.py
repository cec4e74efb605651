"""Backends: what a device's properties ask for, as harmless arguments.

Rules about properties, none about a single device: a property that takes the name of a
block node gets an empty one, and so on.  Nothing of the host is reached by any of them.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from harness.qemu.discovery.catalogue import DeviceType, Property

#: Size of a block node, bytes: an SD card must be a power of two, a floppy small.
BLOCK_SIZE = 1 << 20

#: Size of a memory backend, MiB: what a DIMM is aligned to, and a power of two as a BAR is.
MEMORY_MB = 128

# Source: QEMU 7.2 and 11.1 hw/core/qdev-properties-system.c, the descriptions of
# qdev_prop_drive, qdev_prop_chr, qdev_prop_netdev and qdev_prop_audiodev.
_BACKEND = re.compile(r"ID of an? (block device|chardev|netdev|audiodev) to use as a backend")
_MAKERS = MappingProxyType(
    {
        "block device": (
            "-blockdev",
            f"null-co,node-name={{id}},size={BLOCK_SIZE},read-zeroes=on",
        ),
        "chardev": ("-chardev", "null,id={id}"),
        # A hub works without libslirp, which not every build has.
        "netdev": ("-netdev", "hubport,hubid=0,id={id}"),
        "audiodev": ("-audiodev", "none,id={id}"),
    }
)

_LINK = re.compile(r"^link<(.+)>$")
_OBJECTS = MappingProxyType(
    {
        # Shared, since ivshmem takes no other.
        "memory-backend": f"memory-backend-ram,id={{id}},size={MEMORY_MB}M,share=on",
        "rng-backend": "rng-builtin,id={id}",
        "cryptodev-backend": "cryptodev-backend-builtin,id={id}",
        "can-bus": "can-bus,id={id}",
    }
)

#: Properties that say nothing of what they take, by name: the value, and what makes it.
_BY_NAME = MappingProxyType(
    {
        # A file system in QEMU's own memory.
        "fsdev": ("{id}", ("-fsdev", "synth,id={id}")),
        "mount_tag": ("tag", ()),
        # Numbers that two bridges must not share, and that some take no zero for.
        "chassis": ("{number}", ()),
        "chassis_nr": ("{number}", ()),
        # The root bus is 0; a host bridge needs room for the buses below it.
        "bus_nr": ("{number}0", ()),
    }
)


@dataclass(frozen=True, slots=True)
class Backends:
    """What a device is given.

    Attributes:
        arguments: what comes before its ``-device``.
        options: what its ``-device`` is given, by property.
    """

    arguments: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


def link_target(one: Property) -> str:
    """Return the QOM type that the property links to; empty if it is no link."""
    match = _LINK.match(one.type)
    return match[1] if match else ""


def backends_for(
    device: DeviceType,
    name: str,
    number: int,
    *,
    with_links: bool,
    leaving: Collection[str] = (),
) -> Backends:
    """Return a backend for each property of *device* that takes one.

    Args:
        device: the type, with its properties.
        name: what the names of backends begin with.
        number: from 1, another for each device on the command line.
        with_links: whether objects are linked too; some properties exclude each other.
        leaving: properties that are given something else.
    """
    arguments: list[str] = []
    options: dict[str, str] = {}
    for one in device.properties:
        if one.name in leaving:
            continue
        identity = f"{name}-{one.name}"
        kind = _BACKEND.search(one.description)
        target = link_target(one)
        if kind:
            option, value = _MAKERS[kind[1]]
            arguments += [option, value.format(id=identity)]
            options[one.name] = identity
        elif one.name in _BY_NAME:
            value, maker = _BY_NAME[one.name]
            arguments += [part.format(id=identity) for part in maker]
            options[one.name] = value.format(id=identity, number=number)
        elif with_links and target in _OBJECTS and not _is_old_name(one, device):
            arguments += ["-object", _OBJECTS[target].format(id=identity)]
            options[one.name] = identity
    return Backends(tuple(arguments), options)


def _is_old_name(one: Property, device: DeviceType) -> bool:
    """Whether newer properties with longer names took its place, and exclude it.

    As ``memdev`` and ``persistent-memdev``.
    """
    return any(other.name.endswith(f"-{one.name}") for other in device.properties)
