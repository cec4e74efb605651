"""Exercise: how far a device was brought away from its state at power-on.

A device that is saved as it was at power-on proves nothing: what is lost then is not
missed.  Only fields that were seen with another value have been put to the test.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.fields import Column
from harness.regions import PAGE_HEADER, RegionMap
from harness.trace import Trace

#: Type, in a vmdesc, of what every PCI device has alike, and where its own part begins.
#: Source: QEMU 7.2 hw/pci/pci.c, vmstate_info_pci_config; PCI Local Bus 3.0, 6.1.
PCI_CONFIG = "pci config"

#: A field: section, instance id, path without indices.
FieldKey = tuple[str, int, str]


@dataclass(slots=True)
class Exercise:
    """What has been seen of some fields.

    Attributes:
        seen: fields that were not as they are at power-on, at some checkpoint.
        known: all fields that were in any state.
    """

    seen: set[FieldKey] = field(default_factory=set)
    known: set[FieldKey] = field(default_factory=set)
    _rest: dict[FieldKey, list[bytes]] = field(default_factory=dict)

    def rest(self, state: Iterable[Column]) -> None:
        """Take *state* for that at power-on."""
        self._rest = _by_field(state)
        self.known |= self._rest.keys()

    def note(self, state: Iterable[Column]) -> None:
        """Note what differs in *state*; what power-on has no counterpart of counts, too."""
        for key, data in _by_field(state).items():
            self.known.add(key)
            if self._rest.get(key) != data:
                self.seen.add(key)


def _by_field(state: Iterable[Column]) -> dict[FieldKey, list[bytes]]:
    found: dict[FieldKey, list[bytes]] = {}
    for column in state:
        # The header of a PCI device is none of its own doing.
        data = column.data[PAGE_HEADER:] if column.type == PCI_CONFIG else column.data
        found.setdefault((column.section, column.instance_id, column.path), []).append(data)
    return found


class Touched:
    """Whose registers traces have reached.

    Args:
        regions: of the guest.
    """

    def __init__(self, regions: RegionMap) -> None:
        self._regions = regions
        #: Verb and first operand of the commands that were seen.
        self._places: set[tuple[str, tuple[int | str, ...]]] = set()

    def new_by(self, trace: Trace) -> set[tuple[str, str]]:
        """Return type and path of the devices that *trace* reaches where none has before."""
        # Thousands of commands reach a few hundred places.
        reached = {
            (command.verb, command.operands[: 1 + self._regions.selects(command)]): command
            for command in trace.commands
        }
        found = set()
        for place in reached.keys() - self._places:
            command = reached[place]
            if command.space is not None:
                region = self._regions.selected(command)
                region = region or self._regions.region_at(command.space, command.address)
                if region is not None:
                    found.add((region.owner.type, region.owner.path))
        self._places |= reached.keys()
        return found
