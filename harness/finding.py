"""Findings: state that did not survive, whose it is, and how to see it.

A finding is a value with an identity: its *signature*, under which duplicates fall
together whatever trace they came from and whichever instance of a device showed them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace

from harness.command import SPOIL, Command
from harness.difference import OracleName, Place, RegisterPlace
from harness.guest import ReloadMode
from harness.regions import ARENA, Owner, RegionMap, Register
from harness.trace import Trace
from vmstate.paths import general_path

#: Kind of a loss that shows only on a device that was used between saving and reset: reset
#: leaves what it holds, and loading does not put it right.
NOT_RESTORED = "not restored"
#: Kind of all losses of a device that has no description at all: one finding, whatever of its
#: registers show it.
NO_DESCRIPTION = "no description"
#: What the QOM type of a machine ends with.  Source: QEMU 7.2 include/hw/boards.h.
MACHINE_SUFFIX = "-machine"
#: What the signature's hash is cut to, in hexadecimal digits.
_HASH_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Culprit:
    """The state at fault.

    Attributes:
        owner: the device: QOM type and path, section and instance id.
        fields: paths of the fields that came back wrong; empty where no field carries the
            state.  For a model they may name attributes that are in no description.
        described: whether the section's description has these fields.
        region: the region of the register that showed it; empty if none did.
        offset: the register's offset in the region, bytes; None if no register showed it.
        bits: the bits of that register (of the field, in wire order, if none did).
        line: the interrupt line that showed it; empty if none did.
    """

    owner: Owner
    fields: tuple[str, ...] = ()
    described: bool = True
    region: str = ""
    offset: int | None = None
    bits: int = 0
    line: str = ""

    @property
    def where(self) -> str:
        """The state in a few words, e.g. ``dma-cont+0x0 bits 0xf0``."""
        if self.fields:
            return ", ".join(self.fields)
        if self.line:
            return self.line
        if self.offset is not None:
            return f"{self.region}+{self.offset:#x} bits {self.bits:#04x}"
        return self.owner.section or "the machine"


#: What a title says, by kind of loss; and of a state that was spoilt.
_VERBS = {
    "state lost": "loses",
    "interrupt lost": "loses the interrupt state of",
    "changed by loading": "changes on loading:",
    NOT_RESTORED: "does not restore",
    NO_DESCRIPTION: "has no description: it loses",
    "does not load": "refuses its own state:",
    "crash": "crashes over its own state:",
    "hang": "hangs over its own state:",
}
_ENDS = {"crash": "crashes over", "hang": "hangs over"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the reload changed, reproduced, shrunk and named.

    Attributes:
        oracle: which question was answered wrongly.
        kind: see :class:`~harness.difference.Difference`; or ``not restored``.
        culprit: the state at fault.
        sightings: every place known to show the same loss, the first one included.
        guest: spec of the guest.
        version: what ran, e.g. ``QEMU 7.2.22``.
        arguments: what QEMU is given beside the machine type.
        trace: the shortest trace that shows it.
        actions: what each step does, in register names.
        command: the command that showed it; empty if none did.
        expected: what it answered in the run that was never reloaded.
        seen: what it answered after the reload.
        hits: in how many runs from scratch it showed.
        runs: how many such runs there were.
        is_minimal: whether leaving out any one step was seen to make it vanish.
        reload_mode: how the state came back.
        loaded_by: the other release that loaded it, e.g. ``QEMU 11.1.3``; empty where it was the
            same.
        jobs: names of the jobs that met it.
        spoilt: what its trace spoils: section, instance id, offset in the section's body, and
            the bytes that stand there then.
    """

    oracle: OracleName
    kind: str
    culprit: Culprit
    sightings: tuple[Place, ...]
    guest: str
    version: str
    trace: Trace
    actions: tuple[str, ...]
    command: str
    expected: str
    seen: str
    hits: int
    runs: int
    is_minimal: bool
    reload_mode: ReloadMode = "in-place"
    loaded_by: str = ""
    jobs: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    spoilt: tuple[tuple[str, int, int, bytes], ...] = ()

    @property
    def signature(self) -> tuple[str, ...]:
        """What is the same for every duplicate of this finding."""
        return signature_of(self.oracle, self.kind, self.culprit)

    @property
    def id(self) -> str:
        """A name for people and files, made of the signature."""
        digest = hashlib.sha256(json.dumps(self.signature).encode()).hexdigest()[:_HASH_DIGITS]
        culprit = self.culprit
        place = culprit.region or culprit.line
        if self.kind == NO_DESCRIPTION:
            place = NO_DESCRIPTION
        elif culprit.fields and self.oracle != "load":
            place = general_path(culprit.fields[0])
        elif place == ARENA:
            pass
        elif culprit.offset is not None:
            place = f"{culprit.region}-{culprit.offset:x}"
        slug = re.sub(r"[^a-z0-9]+", "-", f"{culprit.owner.type} {place}".lower()).strip("-")
        return f"{slug[:60]}-{digest}"

    @property
    def title(self) -> str:
        """One line: what happened to which state of which device."""
        title = f"{self.culprit.owner.type} {self._verb} {self.culprit.where}"
        return f"{title} (on the way to {self.loaded_by})" if self.loaded_by else title

    @property
    def _verb(self) -> str:
        if self.oracle == "hostile":
            return f"{_ENDS[self.kind]} a state with another"
        return _VERBS[self.kind]

    def merged(self, other: Finding) -> Finding:
        """Return this finding with what its duplicate *other* adds."""
        sightings = tuple(dict.fromkeys((*self.sightings, *other.sightings)))
        jobs = tuple(dict.fromkeys((*self.jobs, *other.jobs)))
        return replace(self, sightings=sightings, jobs=jobs)


def signature_of(oracle: str, kind: str, culprit: Culprit) -> tuple[str, ...]:
    """Return under what findings fall together: the field, or else where and how it showed."""
    if kind == NO_DESCRIPTION:
        return (kind, culprit.owner.type)
    if oracle == "hostile":
        return (oracle, kind, culprit.owner.type, *sorted(map(general_path, culprit.fields)))
    if culprit.fields and oracle != "load":
        # One field that is not carried shows in many registers, lines and oracles.
        paths = sorted({general_path(path) for path in culprit.fields})
        return ("field", culprit.owner.type, *paths)
    place: tuple[str, ...] = ()
    if culprit.line:
        place = ("line", culprit.line)
    elif culprit.region == ARENA:
        place = (culprit.region,)
    elif culprit.offset is not None:
        place = (culprit.region, f"{culprit.offset:#x}", f"{culprit.bits:#x}")
    return (oracle, kind, culprit.owner.type, *place)


#: What a cycle does, by how the state comes back.
_CYCLES: dict[ReloadMode, str] = {
    "in-place": "save, reset all devices, load",
    "fresh": "save, load in a new process",
    "cross": "save, load in a new process of the other release",
}


#: What commands do that reach no register.
_WORDS = {"clock_step": "let time pass", SPOIL: "load this in the place of what is saved"}


def actions_of(
    trace: Trace, regions: RegionMap, reload_mode: ReloadMode = "in-place"
) -> tuple[str, ...]:
    """Return what each step of *trace* does, in the names of the guest's registers."""
    meant = regions.raised(trace.commands)
    return tuple(
        _action(next(meant), regions) if isinstance(step, Command) else _CYCLES[reload_mode]
        for step in trace.steps
    )


def _action(step: Command, regions: RegionMap) -> str:
    if step.space is None:
        return _WORDS.get(step.verb, "")
    register = regions.register_at(step.space, step.address)
    if register is None:
        return "nothing is there"
    where = f"{register.owner.type} {register.region}+{register.offset:#x}"
    return f"write {where}" if step.is_write else f"read {where}"


def register_place(
    owner_type: str, region: str, offset: int, bits: int, section: str = ""
) -> RegisterPlace:
    """Return the place of a register of any instance of a type, and of its section if named."""
    return RegisterPlace(Register(Owner(owner_type, section=section), region, offset), bits)
