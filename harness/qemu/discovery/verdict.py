"""Verdicts: whether a device can be created, and whether QEMU describes its state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from harness.qemu.discovery.catalogue import Catalogue
from harness.qemu.discovery.explorer import Trial
from harness.qemu.discovery.qtree import find_device
from harness.qemu.discovery.recipe import IDENTITY, arguments
from harness.qemu.discovery.sections import Added
from vmstate.dump import Dump


class State(Enum):
    """What a binary says of the state of a device."""

    DESCRIBED = "described"
    """It, or what it brings along, has a description that is saved."""
    BY_HAND = "described by hand"
    """Its class has no description, but it adds sections to the stream."""
    NONE = "none"
    """It has no description, and adds no section of its own."""
    UNMIGRATABLE = "unmigratable"
    """A machine with it refuses to be migrated."""
    UNKNOWN = "unknown"
    """It could not be created, and what it would bring along is not known."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known about a type of device on a machine.

    Attributes:
        name: its QOM type.
        category: QEMU's heading for it.
        bus: the type of bus that it sits on; empty for none.
        state: what the binary says of its state.
        created: whether it can be created.
        arguments: what creates it, or what was tried first.
        words: why it can't be created or migrated, as QEMU says it; empty where it can.
        crashed: whether QEMU was killed by a signal instead of refusing.
        sections: what it adds to the stream, if it was described by hand.
    """

    name: str
    category: str
    bus: str
    state: State
    created: bool
    arguments: tuple[str, ...]
    words: str = ""
    crashed: bool = False
    sections: tuple[str, ...] = ()

    def document(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "name": self.name,
            "category": self.category,
            "bus": self.bus,
            "description": self.state.value,
            "created": self.created,
            "arguments": list(self.arguments),
            "words": self.words,
            "crashed": self.crashed,
            "sections": list(self.sections),
        }


def judge(
    trial: Trial,
    catalogue: Catalogue,
    dump: Dump,
    added: Callable[[Trial], Added],
    blockers: tuple[str, ...] = (),
) -> Verdict:
    """Return what *trial* shows.

    Args:
        trial: what came of trying.
        catalogue: what the binary offers.
        dump: what it says of its descriptions.
        added: asked for the sections of a device that was created without a description.
        blockers: why the machine can't be migrated without the device either.
    """
    device, outcome = trial.device, trial.outcome
    new = tuple(one for one in outcome.blockers if one not in blockers)
    made = find_device(outcome.tree, IDENTITY)
    types = {device.name, *(made.types() if made else ())}
    state = _state(types, dump)
    more = Added()
    if new:
        state = State.UNMIGRATABLE
    elif state is State.NONE and not outcome.started:
        state = State.UNKNOWN
    elif state is State.NONE:
        more = added(trial)
        if more.words:
            state = State.UNMIGRATABLE
        elif more.names:
            state = State.BY_HAND
    return Verdict(
        name=device.name,
        category=device.category,
        bus=device.bus,
        state=state,
        created=outcome.started,
        arguments=arguments(trial.recipe, catalogue),
        words=("\n".join(new) or more.words) if outcome.started else outcome.words,
        crashed=outcome.crashed,
        sections=more.names,
    )


def _state(types: set[str], dump: Dump) -> State:
    found = [dump.descriptions[name] for name in sorted(types) if name in dump.descriptions]
    if any(description.unmigratable for description in found):
        return State.UNMIGRATABLE
    if found or types & dump.refused.keys():
        return State.DESCRIBED
    return State.NONE


def counts(verdicts: list[Verdict]) -> str:
    """Return a line with the numbers of devices that can be created and that can't."""
    created = [verdict for verdict in verdicts if verdict.created]
    by_state = ", ".join(
        f"{sum(verdict.state is state for verdict in created)} {state.value}"
        for state in State
        if state is not State.UNKNOWN
    )
    refused = len(verdicts) - len(created)
    crashed = sum(verdict.crashed for verdict in verdicts)
    crashes = f", {crashed} of them with a crash" if crashed else ""
    return f"{len(created)} can be created ({by_state}), {refused} can't{crashes}"
