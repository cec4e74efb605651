"""Cases: a finding as it is kept, replayable from its file alone.

Format 7 (this release): the keys below.  Format 6 is the same without anything that is spoilt,
format 5 without ``link`` and ``expires``, format 4 without whole regions among the places,
format 3 without ``loaded_by``, format 2 without ``class`` and ``explanation``, format 1 without
``arguments``, too; all are read as they were.  A later format is refused, never guessed at; the
trace is plain qtest text, so no change of the tool or of Hypothesis can outdate it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from types import MappingProxyType
from typing import Literal

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from harness.difference import (
    FieldPlace,
    LinePlace,
    OracleName,
    Place,
    RegionPlace,
    RegisterPlace,
    SpoiltPlace,
)
from harness.errors import CommandError
from harness.finding import (
    NO_DESCRIPTION,
    NOT_RESTORED,
    Culprit,
    Finding,
    register_place,
    signature_of,
)
from harness.guest import ReloadMode
from harness.regions import Owner
from harness.trace import Trace

FORMAT = "vmstate-case"
VERSION = 7
#: The formats that are read.
READABLE = (1, 2, 3, 4, 5, 6, VERSION)

#: What kind of fault a case is, as a maintainer would sort it.  The list is closed.
FaultClass = Literal[
    "state lost",
    "wrong after load",
    "refuses own stream",
    "leaked past reset",
    "no description",
    "crash",
    "hang",
    "nondeterministic",
]
#: From what was seen to its class.  A person who looked may know better.
CLASS_OF_KIND: MappingProxyType[str, FaultClass] = MappingProxyType(
    {
        "state lost": "state lost",
        "interrupt lost": "state lost",
        "changed by loading": "wrong after load",
        "does not load": "refuses own stream",
        NOT_RESTORED: "leaked past reset",
        NO_DESCRIPTION: "no description",
        "crash": "crash",
        "hang": "hang",
    }
)


class CaseCulprit(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The state at fault; see :class:`~harness.finding.Culprit`."""

    type: str
    path: str = ""
    section: str = ""
    instance_id: int = 0
    fields: tuple[str, ...] = ()
    described: bool = True
    region: str = ""
    offset: int | None = None
    bits: str = "0x0"
    line: str = ""


class CasePlace(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One place that shows the loss; which keys are set says which kind of place.

    A region without an offset is all of it.  A field that is ``spoilt`` was not loaded as it had
    been saved.
    """

    owner: str = ""
    region: str = ""
    offset: int | None = None
    section: str = ""
    instance_id: int = 0
    field: str = ""
    bits: str = "0x0"
    line: str = ""
    spoilt: bool = False

    def to_place(self, section: str = "") -> Place:
        """Return the place.

        Args:
            section: the section that carries its owner's state, where a register is one.

        Raises:
            ValueError: the keys name none.
        """
        if self.line:
            return LinePlace(self.line)
        if self.field and self.spoilt:
            return SpoiltPlace(self.section, self.instance_id, self.field)
        if self.field:
            return FieldPlace(self.section, self.instance_id, self.field, int(self.bits, 16))
        if self.owner and self.region and self.offset is None:
            return RegionPlace(self.owner, self.region)
        if self.region and self.offset is not None:
            bits = int(self.bits, 16)
            return register_place(self.owner, self.region, self.offset, bits, section)
        raise ValueError(
            "a place in 'seen_at' names neither a register or region, nor a field, nor a line"
        )


class Case(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One corpus entry.

    Attributes:
        format, version: what the file is.
        id: its name, made of the finding's signature.
        title: one line for people.
        legitimate: why the difference is none to be mended; empty for a bug.
        link: where more is said of it: a report, a thread, a commit; empty for nowhere.
        expires: the last day on which it counts as known, e.g. ``2027-03-31``: then somebody is
            to look at it again.  Empty for no such day.
        guest: spec of the guest.
        arguments: what QEMU is given beside the machine type, as it was found out then.
        reload_mode: how the state comes back.
        oracle: which question is answered wrongly.
        kind: what happened.
        class_: what kind of fault that is; derived from ``kind`` until a person says more.
            None in cases of older formats.
        explanation: a sentence by the person who looked at it: which function or field is at
            fault.  Empty as the tool writes it.
        fails: for which releases that is expected, e.g. ``qemu >= 7.2.22``.
        found_with: what ran when it was found; of two releases, the one that saved.
        loaded_by: the other one, which loaded, e.g. ``QEMU 11.1.3``; empty where there was one.
        trace: the minimal trace.
        actions: what each step does, in register names, for people.
        message: regular expression of what a failure to save or load says.  Whatever guest
            says it then is known; without it, the guest it was found on, whatever it says, and
            the same device in another machine, where it says the same.
        command: the command that shows it.
        expected, seen: what that command answers without and with the reload.
        hits, runs: how often it showed in so many runs from scratch.
        is_minimal: whether each step was proved necessary.
        culprit: the state at fault.
        seen_at: every place that shows the same loss.
    """

    format: str
    version: int
    id: str
    title: str
    legitimate: str = ""
    link: str = ""
    expires: str = ""
    guest: str
    arguments: tuple[str, ...] = ()
    reload_mode: ReloadMode = "in-place"
    oracle: OracleName
    kind: str
    class_: FaultClass | None = msgspec.field(default=None, name="class")
    explanation: str = ""
    fails: str
    found_with: str
    loaded_by: str = ""
    trace: str
    actions: tuple[str, ...] = ()
    message: str = ""
    command: str = ""
    expected: str = ""
    seen: str = ""
    hits: int
    runs: int
    is_minimal: bool
    culprit: CaseCulprit
    seen_at: tuple[CasePlace, ...] = ()

    def faults(self) -> list[str]:
        """Return what is wrong with the case beyond its types; empty if nothing is."""
        faults = []
        checks: tuple[tuple[str, Callable[[], object]], ...] = (
            ("trace", self._check_trace),
            # Asked of the range itself: a release of another name would not look at it.
            ("fails", lambda: SpecifierSet(self.fails.partition(" ")[2])),
            ("expires", lambda: self.has_expired(date.min)),
        )
        for what, check in checks:
            try:
                check()
            except (CommandError, InvalidSpecifier, ValueError) as err:
                faults.append(f"{what}: {err}")
        try:
            is_other = not re.search(self.message, self.seen)
        except re.error as err:
            faults.append(f"message: {err}")
        else:
            if is_other:
                faults.append("message: it is not in what the case saw")
        if (self.reload_mode == "cross") != bool(self.loaded_by):
            faults.append("loaded_by: it goes with the reload mode 'cross', and only with that")
        for place in self.seen_at:
            try:
                place.to_place()
            except ValueError as err:
                faults.append(str(err))
        return faults

    def _check_trace(self) -> None:
        if Trace.parse(self.trace).cycles == 0:
            raise ValueError("it has no cycle")

    def has_expired(self, today: date) -> bool:
        """Say whether it counted as known for the last time before *today*.

        Raises:
            ValueError: ``expires`` is no day.
        """
        return bool(self.expires) and date.fromisoformat(self.expires) < today

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that shows the loss."""
        own, section = self.culprit.type, self.culprit.section
        return tuple(
            place.to_place(section if place.owner == own else "") for place in self.seen_at
        )

    @property
    def signature(self) -> tuple[str, ...]:
        """Under what findings are this case."""
        culprit = self.culprit
        return signature_of(
            self.oracle,
            self.kind,
            Culprit(
                owner=Owner(culprit.type),
                fields=culprit.fields,
                region=culprit.region,
                offset=culprit.offset,
                bits=int(culprit.bits, 16),
                line=culprit.line,
            ),
        )

    @property
    def failure(self) -> str:
        """The kind of failure to save or load; empty for other oracles."""
        return self.kind if self.oracle == "load" else ""

    def expects_failure(self, version: str) -> bool:
        """Say whether a guest of that version, e.g. ``QEMU 7.2.22``, is expected to fail.

        Raises:
            InvalidSpecifier: ``fails`` is not a name and a version range.
        """
        name, _, release = version.rpartition(" ")
        wanted, _, releases = self.fails.partition(" ")
        return wanted == name.lower() and SpecifierSet(releases).contains(release)


def case_from_finding(finding: Finding) -> Case:
    """Return the case that keeps *finding*."""
    culprit = finding.culprit
    name, _, release = finding.version.rpartition(" ")
    return Case(
        format=FORMAT,
        version=VERSION,
        id=finding.id,
        title=finding.title,
        guest=finding.guest,
        arguments=finding.arguments,
        reload_mode=finding.reload_mode,
        oracle=finding.oracle,
        kind=finding.kind,
        class_=CLASS_OF_KIND[finding.kind],
        fails=f"{name.lower()} >={release}",
        found_with=finding.version,
        loaded_by=finding.loaded_by,
        trace=str(finding.trace),
        actions=finding.actions,
        command=finding.command,
        expected=finding.expected,
        seen=finding.seen,
        hits=finding.hits,
        runs=finding.runs,
        is_minimal=finding.is_minimal,
        culprit=CaseCulprit(
            type=culprit.owner.type,
            path=culprit.owner.path,
            section=culprit.owner.section,
            instance_id=culprit.owner.instance_id,
            fields=culprit.fields,
            described=culprit.described,
            region=culprit.region,
            offset=culprit.offset,
            bits=f"{culprit.bits:#x}",
            line=culprit.line,
        ),
        seen_at=tuple(_case_place(place) for place in finding.sightings),
    )


def _case_place(place: Place) -> CasePlace:
    match place:
        case RegisterPlace(register=register, bits=bits):
            return CasePlace(
                owner=register.owner.type,
                region=register.region,
                offset=register.offset,
                bits=f"{bits:#x}",
            )
        case RegionPlace(owner=owner, region=region):
            return CasePlace(owner=owner, region=region)
        case FieldPlace():
            return CasePlace(
                section=place.section,
                instance_id=place.instance_id,
                field=place.path,
                bits=f"{place.bits:#x}",
            )
        case SpoiltPlace(section=section, instance_id=number, path=path):
            return CasePlace(section=section, instance_id=number, field=path, spoilt=True)
        case LinePlace(line=line):
            return CasePlace(line=line)
