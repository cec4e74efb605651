"""What is known: from cases to what a hunt leaves out of its observation."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from harness.corpus import Case
from harness.difference import Place
from harness.finding import MACHINE_SUFFIX, NO_DESCRIPTION
from harness.lines import interrupt_status, is_line
from harness.masks import Masks

#: What QEMU begins its messages with, which has the target in it.
_PROGRAM = re.compile(r"^qemu-system-\S+: ")
_WARNING = "warning: "


def known_masks(
    cases: Iterable[Case], version: str, spec: str, arguments: Sequence[str] = ()
) -> Masks:
    """Return what *cases* know about a guest.

    Args:
        cases: the user's, and the rules that ship with the tool.
        version: what runs.
        spec: the guest's spec.  That another guest can't be saved or loaded says nothing about
            this one, unless it is the machine itself that can't, or it says the same.
        arguments: what plugs a device into it, and what that device needs.
    """
    masks = Masks()
    brought = {of.partition(",")[0] for flag, of in pairwise(arguments) if flag == "-device"}
    for case in cases:
        if case.expects_failure(version):
            failure, message = _failure(case, spec)
            owner = case.culprit.type if case.kind == NO_DESCRIPTION else ""
            places = [place for place in case.places if _may_show(place, case, spec, brought)]
            status = interrupt_status(case.culprit.type, case.places)
            masks.add(case.id, (*places, *status), failure, message=message, owner=owner)
            if not (case.legitimate and case.message):
                # One that is legitimate for what it says has no say in others.
                masks.name(case.id, case.signature)
    return masks


def _failure(case: Case, spec: str) -> tuple[str, str]:
    """Return the kind of failure that *case* knows on a guest of *spec*, and what that says.

    The same device in another machine is another guest: there it is known by its words.
    """
    if case.message or _concerns(case, spec):
        return case.failure, case.message
    plugged = _device(case.guest)
    words = _last_words(case.seen) if plugged and plugged == _device(spec) else ""
    return (case.failure, re.escape(words)) if words else ("", "")


def _last_words(seen: str) -> str:
    """Return the last thing that was said and is no warning; empty if there is none."""
    said = [_PROGRAM.sub("", line) for line in seen.splitlines()]
    return next((line for line in reversed(said) if line and not line.startswith(_WARNING)), "")


def _concerns(case: Case, spec: str) -> bool:
    """Whether what ends the guest of *case* ends that of *spec*, too."""
    guest, own = case.guest.partition("@")[0], spec.partition("@")[0]
    is_machines = case.culprit.type.endswith(MACHINE_SUFFIX)
    return guest == own or (is_machines and guest == own.partition(",")[0])


def _may_show(place: Place, case: Case, spec: str, brought: Collection[str]) -> bool:
    """Whether *place* is known on a guest of *spec*, too.

    Lines, and a bus's count of them, are every device's: what one that was plugged in does to
    them says nothing of others, unless the one at fault is among the types *brought* along.
    """
    if not is_line(place):
        return True
    plugged = _device(case.guest)
    return not plugged or plugged == _device(spec) or case.culprit.type in brought


def _device(spec: str) -> str:
    """Return what is plugged in, of a guest's spec; empty for nothing."""
    parts = spec.partition("@")[0].split(",")
    return next((part for part in parts if part.startswith("device=")), "")
