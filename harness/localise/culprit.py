"""The culprit: which device, section, field or register a difference comes down to.

Where the guest's live objects can be seen, what the reload changed in them is the answer.
Else the states before and after the reload are compared field by field; if no field of
the device differs, no field carries the state, and the register that showed it names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.cycle import CHECKPOINT, reload, run_trace
from harness.difference import Difference, FieldPlace, LinePlace, RegisterPlace, SpoiltPlace
from harness.examiner import Examiner
from harness.fields import FieldDifference, differences
from harness.finding import MACHINE_SUFFIX, Culprit
from harness.localise.attributes import changed_attributes
from harness.localise.refusal import Piece
from harness.regions import Owner
from harness.trace import Trace
from vmstate.paths import general_path

Section = tuple[str, int]
#: Ports 0xcfc to 0xcff.  Source: QEMU 7.2 hw/pci-host/i440fx.c, i440fx_pcihost_initfn.
_CONFIG_DATA = "pci-conf-data"
#: The sections of what is shared by all that sit on a bus.
#: Source: QEMU 7.2 hw/pci/pci.c, vmstate_pcibus; hw/pci/pci_host.c, vmstate_pcihost.
_SHARED = frozenset({"PCIBUS", "PCIHost"})


@dataclass(frozen=True, slots=True)
class Changed:
    """What the reload changed in one section: paths, and whether fields carry them."""

    section: Section
    paths: tuple[str, ...]
    described: bool


def find_culprit(
    examiner: Examiner, trace: Trace, difference: Difference, refused: Sequence[Piece] = ()
) -> Culprit:
    """Return the culprit of *difference*, which the last cycle of *trace* shows.

    Args:
        examiner: of the guest.
        trace: the least that shows it.
        difference: what it shows.
        refused: because of what the state is not loaded, where that is the matter and is known.

    Raises:
        GuestError: the guest could not run the trace.
    """
    spoilt = [place for place in difference.places if isinstance(place, SpoiltPlace)]
    if spoilt:
        # What it takes to end the guest is what the trace spoils still.
        owner = _owner_of(examiner, [], difference)
        return Culprit(owner=owner, fields=tuple(place.path for place in spoilt))
    if refused:
        # Who refuses it stays the same, whatever can be found out about why.
        return _with_refused(_owner_of(examiner, [], difference), refused)
    changed = _changed(examiner, trace, difference)
    owner = difference.owner or _owner_of(examiner, changed, difference)
    own = [change for change in changed if change.section == (owner.section, owner.instance_id)]
    plugged = examiner.guest.plugged
    if plugged is not None and not own and _is_window(difference):
        # Through it, whatever function was selected shows; the host's own state is as it was.
        owner = Owner(plugged.type, plugged.path, described=bool(plugged.sections))
    # A device next door may be the one that forgot, as where a line is not driven again.
    best = own or (changed if difference.oracle != "future" or not owner.section else [])
    culprit = Culprit(owner=owner)
    if best:
        culprit = Culprit(owner=owner, fields=best[0].paths, described=best[0].described)
    return _with_place(culprit, difference)


def _with_refused(owner: Owner, pieces: Sequence[Piece]) -> Culprit:
    section, instance_id = pieces[0].section, pieces[0].instance_id
    paths = [
        one.path if (one.section, one.instance_id) == (section, instance_id) else one.name
        for one in pieces
    ]
    return Culprit(
        owner=replace(owner, section=section, instance_id=instance_id),
        fields=tuple(paths),
        # Of one field it can be said which bits.
        bits=pieces[0].bits if len(pieces) == 1 else 0,
    )


def _is_window(difference: Difference) -> bool:
    """Say whether the register is the port through which a PCI host shows its functions."""
    place = difference.places[0] if difference.places else None
    return isinstance(place, RegisterPlace) and place.register.region == _CONFIG_DATA


def _with_place(culprit: Culprit, difference: Difference) -> Culprit:
    region, offset, bits, line = "", None, 0, ""
    match difference.places[:1]:
        case (RegisterPlace() as place,):
            region, offset, bits = place.register.region, place.register.offset, place.bits
        case (LinePlace() as place,):
            line = place.line
        case (FieldPlace() as place,):
            bits = place.bits
    return Culprit(
        owner=culprit.owner,
        fields=culprit.fields,
        described=culprit.described,
        region=region,
        offset=offset,
        bits=bits,
        line=line,
    )


def _owner_of(examiner: Examiner, changed: list[Changed], difference: Difference) -> Owner:
    """Return whose state changed, where no register says so."""
    section: Section = ("", 0)
    if changed:
        section = changed[0].section
    for place in difference.places:
        if isinstance(place, FieldPlace | SpoiltPlace):
            section = (place.section, place.instance_id)
            break
    for owner in examiner.guest.map.owners:
        if section[0] and (owner.section, owner.instance_id) == section:
            return owner
    plugged = examiner.guest.plugged
    if plugged is not None and (section[0] in {"", *_SHARED} or section in plugged.sections):
        # What is the matter with the machine, or a bus of it, is the matter with what was
        # plugged into it; but a device of the machine's may have no registers either.
        return Owner(plugged.type, plugged.path, *(section if section[0] else ("", 0)))
    # Machines that can't be saved or loaded have nothing in common but that.
    return Owner(section[0] or _machine_type(examiner.guest.spec), "", *section)


def _machine_type(spec: str) -> str:
    """Return the QOM type of the machine in a guest's spec, as QEMU makes it of the name."""
    return spec.partition(":")[2].partition(",")[0].partition("@")[0] + MACHINE_SUFFIX


def _changed(examiner: Examiner, trace: Trace, difference: Difference) -> list[Changed]:
    if difference.oracle == "load":
        return []
    live = _changed_objects(examiner, trace, difference.cycle)
    if live:
        return live
    before, after = examiner.inspector.states_at(trace, difference.cycle)
    changed = differences(before, after)
    if changed:
        # What no reload is needed for is memory that the device never wrote: each process
        # has its own; or another release does it otherwise.
        twin = examiner.inspector.state_before(trace, difference.cycle)
        twins = [twin, *examiner.controls.states(trace, difference.cycle)]
        own = {_address(found) for one in twins for found in differences(before, one)}
        changed = [found for found in changed if _address(found) not in own]
    by_section: dict[Section, list[FieldDifference]] = {}
    for found in changed:
        field = found.field
        if not examiner.masks.cases_of_field(field.section, field.path):
            by_section.setdefault((field.section, field.instance_id), []).append(found)
    return [
        Changed(section, tuple(found.field.path for found in fields), described=True)
        for section, fields in by_section.items()
    ]


def _address(found: FieldDifference) -> tuple[str, int, str]:
    return found.field.section, found.field.instance_id, found.field.path


def _changed_objects(examiner: Examiner, trace: Trace, cycle: int) -> list[Changed]:
    """Return what the reload changed in the live objects; nothing if they can't be seen."""
    guest = examiner.restarted()
    if not guest.objects():
        return []
    for _ in run_trace(guest, Trace.join(trace.segments[:cycle])):
        pass
    before = guest.objects()
    guest.save(CHECKPOINT)
    # Dirty the devices, so that state which nobody loads does not survive by chance.
    guest.execute(trace.segments[cycle])
    reload(guest)
    after = guest.objects()
    return [
        Changed(section, tuple(paths), all(general_path(path) in live.described for path in paths))
        for section, live in before.items()
        if (paths := changed_attributes(live.attributes, after[section].attributes))
    ]
