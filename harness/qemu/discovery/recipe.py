"""Recipes: how a device is created, as arguments for QEMU.

A recipe is a device, perhaps on a bus that another device offers, and how much it is
given.  Pure: whether it works is for others to try.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.qemu.discovery.backends import backends_for, link_target
from harness.qemu.discovery.catalogue import Catalogue, DeviceType
from harness.qemu.discovery.needs import needs_of

#: The id of the device that a recipe is for; what it sits on has a number after it.
IDENTITY = "dut"
#: Whether a virtio transport answers to a driver's notification later, in another turn of QEMU's
#: main loop, or at once.  Loading into a stopped machine, as ours is, leaves the answer to later
#: switched off until that runs: the interrupt would come at another time, and nothing be lost.
#: Source: QEMU 11.1 hw/virtio/virtio-pci.c, virtio_pci_vmstate_change.
_LATER = "ioeventfd"
#: What the virtio devices of a board sit on.  Source: QEMU 11.1 hw/virtio/virtio-mmio.c.
_TRANSPORT, _TRANSPORT_BUS = "virtio-mmio", "virtio-bus"


class Measure(Enum):
    """How much a device is given, in the order of trying."""

    BACKENDS = "backends and objects"
    DEVICES = "backends, objects, and devices that it links to"
    SOME = "backends without objects"
    BARE = "nothing"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a device is created.

    Attributes:
        name: its type.
        measure: what it is given.
        parent: how the device is created that offers its bus; None for the machine's own.
        bus: name of that bus where the parent is called :data:`IDENTITY`; empty without.
    """

    name: str
    measure: Measure
    parent: Recipe | None = None
    bus: str = ""

    def types(self) -> tuple[str, ...]:
        """Return its type and those of the devices that it sits on."""
        return (self.name, *(self.parent.types() if self.parent else ()))


def arguments(recipe: Recipe, catalogue: Catalogue, depth: int = 0) -> tuple[str, ...]:
    """Return the arguments that create the device, those that it sits on first."""
    device = catalogue.device(recipe.name)
    name = _identity(depth)
    needs = needs_of(recipe.name)
    made: list[str] = []
    options: dict[str, str] = {}
    if recipe.parent is not None:
        made += arguments(recipe.parent, catalogue, depth + 1)
        options["bus"] = _identity(depth + 1) + recipe.bus.removeprefix(IDENTITY)
        if not recipe.bus.startswith(IDENTITY):
            options["bus"] = recipe.bus
    if any(one.name == _LATER for one in device.properties):
        options[_LATER] = "off"
    if device.bus == _TRANSPORT_BUS and recipe.parent is None:
        made += ["-global", f"{_TRANSPORT}.{_LATER}=off"]
    if recipe.measure is not Measure.BARE:
        backends = backends_for(
            device,
            name,
            depth + 1,
            with_links=recipe.measure is not Measure.SOME,
            leaving=[one for need in needs for one in need.options],
        )
        made += backends.arguments
        options |= backends.options
    if recipe.measure is Measure.DEVICES:
        for one, partner in partners(device, catalogue).items():
            made += ["-device", f"{partner},id={name}-{one}"]
            options[one] = f"{name}-{one}"
    after: list[str] = []
    for need in needs:
        made += need.arguments
        options |= need.options
        if recipe.measure is Measure.BACKENDS:
            after += (part.format(id=name) for part in need.after)
    given = "".join(f",{key}={value}" for key, value in options.items())
    return (*made, "-device", f"{recipe.name},id={name}{given}", *after)


def _identity(depth: int) -> str:
    return f"{IDENTITY}{depth}" if depth else IDENTITY


def partners(device: DeviceType, catalogue: Catalogue) -> dict[str, str]:
    """Return, for each property that links to a device, a type that it may link to.

    Only devices without a bus are partners: others are wired by the machine.
    """
    found: dict[str, str] = {}
    for one in device.properties:
        target = link_target(one)
        candidates = [
            other.name
            for other in catalogue.devices.values()
            if target
            and not other.bus
            and catalogue.is_a(other.name, target)
            # One that speaks to something outside would wait for it.
            and not any("backend" in asked.description for asked in other.properties)
        ]
        if target != "device" and candidates:
            found[one.name] = candidates[0]
    return found


def measures(device: DeviceType, catalogue: Catalogue) -> tuple[Measure, ...]:
    """Return the measures that differ for *device*, in the order of trying."""
    chosen: list[Measure] = []
    seen: set[tuple[str, ...]] = set()
    for measure in Measure:
        made = arguments(Recipe(device.name, measure), catalogue)
        if made not in seen:
            seen.add(made)
            chosen.append(measure)
    return tuple(chosen)
