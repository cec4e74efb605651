"""Losses: of each macro, and of each field of each model, one that nobody saves any more.

What a macro describes is put into a bank, whose registers show it; then the description
forgets it.  Each loss must be found, named by its exact field, and shrunk to a trace of which
no command can be left out.  What nobody could see is listed, with the reason.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from device_models import Machine, build
from device_models.faults import drop_field, plant
from harness.finding import Finding
from harness.guests.objects import described_paths
from tests.support.macro_bank import Bank, bank_machine
from tests.support.macro_rows import Entry
from tests.support.macro_table import DEVICE_MACROS, MACROS
from tests.support.planting import first_finding
from vmstate import VMStateDescription
from vmstate.paths import general_path

#: Commands that a trace has at most, beside its cycle; of one in twenty it may have more.
MOST_COMMANDS = 4

#: What has nothing that a guest could miss, by a part of the macro's name.
NOTHING_TO_LOSE = {
    "END_OF_LIST": "it ends the list, and is no field",
    "VALIDATE": "it asks something of the state, and carries nothing",
    "UNUSED": "it sends zeros for what was there once",
    "EQUAL": "both sides have the same value before: no guest can change it",
    "POSITIVE_LE": "it is not above what the other side has: a constant",
    "FD": "a descriptor goes beside the stream, and is nothing that a guest sees",
    "HACK": "it is read from old streams, and never saved",
    "WITH_TMP": "what its temporary carries here is carried by another field, too",
    "VIRTIO_DEVICE": "its state is far longer than a bank has ports",
}


def is_to_be_lost(entry: Entry) -> bool:
    return not any(part in entry.name for part in NOTHING_TO_LOSE)


LOST = {entry.id: entry for entry in (*MACROS, *DEVICE_MACROS) if is_to_be_lost(entry)}


def check(finding: Finding | None, path: str, *, is_long: bool = False) -> None:
    """Check that *finding* is the loss of what is at *path*, and as small as can be."""
    assert finding is not None
    first = general_path(finding.culprit.fields[0])
    assert first == path or first.startswith((f"{path}.", f"{path}["))
    assert not finding.culprit.described
    assert (len(finding.trace.commands) - finding.trace.cycles > MOST_COMMANDS) == is_long
    assert finding.is_minimal
    assert finding.hits == finding.runs


@pytest.mark.parametrize("name", LOST)
def test_what_a_macro_described_is_missed_and_named(name):
    entry = LOST[name]

    def make() -> Machine:
        machine = bank_machine(Bank(entry.description, entry.reset))
        plant(machine.slot("bank"), lambda vmsd: replace(vmsd, fields=entry.before))
        return machine

    finding, _ = first_finding(make, "bank")
    check(finding, entry.made[0].name)


def test_each_reason_to_leave_a_macro_out_is_needed():
    names = [entry.name for entry in (*MACROS, *DEVICE_MACROS)]
    for part in NOTHING_TO_LOSE:
        assert any(part in name for name in names), part


#: The fields of each model that are found when they are lost, as drop_field() takes them; behind
#: a colon the seed that finds them soon, where it is not the first.
MISSED = {
    "dma1": "mask flip_flop regs[].now[] regs[].base[] regs[].page",
    "dma2": "mask flip_flop regs[].now[] regs[].base[] regs[].page",
    "pic1": (
        "irr imr isr read_reg_select poll init_state init4:4 single_mode elcr priority_add "
        "special_mask:4 auto_eoi rotate_on_auto_eoi:2 special_fully_nested_mode:3 last_irr"
    ),
    "pic2": "irr imr isr read_reg_select poll init_state init4 single_mode elcr auto_eoi last_irr",
    "rtc": (
        "cmos_data cmos_index base_rtc last_update update_timer periodic_timer offset "
        "next_periodic_time:2 next_alarm_time"
    ),
    "pit": (
        "channels[].count channels[].latched_count channels[].count_latched channels[].bcd:2 "
        "channels[].status_latched channels[].status channels[].read_state channels[].write_state "
        "channels[].write_latch channels[].rw_mode channels[].mode channels[].count_load_time"
    ),
    "serial": (
        "state.divider state.rbr state.ier state.iir state.lcr state.mcr state.lsr state.msr "
        "state.scr"
    ),
}

#: Those of them that a trace of few commands does not show: of interrupts that wait for each
#: other, or of a mode that takes four words to set.
LONG = {
    "pic1": (
        "priority_add special_mask auto_eoi rotate_on_auto_eoi special_fully_nested_mode last_irr"
    ),
    "pic2": "isr auto_eoi last_irr",
    "rtc": "next_periodic_time",
}

#: Fields that nothing on this machine can show, or that another one carries, too.
_TRANSFERS = "it takes effect in transfers, and nothing on this machine asks for one"
_COMPUTED = "it is wired, or made anew of other fields"
_VECTOR = "it is in the vector alone, and no processor asks for one"
_ONLY_INPUT = "it decides between inputs, and one alone is ever driven"
_MASTERS = "a slave has no use for it"
EQUIVALENT = {
    "dma1": {_TRANSFERS: "command dshift regs[].mode regs[].pageh regs[].dack regs[].eop"},
    "dma2": {_TRANSFERS: "command dshift regs[].mode regs[].pageh regs[].dack regs[].eop"},
    "pic1": {_VECTOR: "irq_base"},
    "pic2": {
        _VECTOR: "irq_base",
        _ONLY_INPUT: "priority_add special_mask rotate_on_auto_eoi",
        _MASTERS: "special_fully_nested_mode",
    },
    "rtc": {_COMPUTED: "irq_coalesced period"},
    "pit": {_COMPUTED: "channels[].irq_disabled channels[].gate channels[].next_transition_time"},
}

#: Fields whose loss is found, and not named first.
FOUND_BADLY = {
    "serial": {"iir, which loading makes of it, is named first": "state.fcr_vmstate"},
}


@pytest.mark.parametrize(
    ("slot", "field"),
    [(slot, field) for slot, fields in MISSED.items() for field in fields.split()],
)
def test_what_a_model_forgets_is_missed_and_named(slot, field):
    path, _, seed = field.partition(":")

    def make() -> Machine:
        machine = build("pc")
        plant(machine.slot(slot), lambda vmsd: drop_field(vmsd, path))
        return machine

    finding, _ = first_finding(make, slot, int(seed or 1))
    check(finding, path, is_long=path in LONG.get(slot, "").split())


def own_fields(vmsd: VMStateDescription) -> set[str]:
    """Return the leaves of *vmsd* that are in no subsection, which is lost as a whole."""
    bare = replace(
        vmsd,
        subsections=(),
        fields=tuple(
            field if field.vmsd is None else replace(field, vmsd=_without_subsections(field.vmsd))
            for field in vmsd.fields
        ),
    )
    # One element that is sent by itself is an element all the same.
    return {path.replace("[0]", "[]") for path in described_paths(bare)}


def _without_subsections(vmsd: VMStateDescription) -> VMStateDescription:
    return replace(vmsd, subsections=())


def test_every_field_of_every_model_is_in_one_of_the_tables():
    for slot in build("pc").slots:
        if not slot.device.ports:
            continue
        tables = [MISSED.get(slot.name, "")]
        tables += EQUIVALENT.get(slot.name, {}).values()
        tables += FOUND_BADLY.get(slot.name, {}).values()
        listed = [field.partition(":")[0] for table in tables for field in table.split()]
        assert sorted(listed) == sorted(own_fields(slot.vmsd)), slot.name


def test_at_least_so_many_losses_are_planted_and_few_take_many_commands():
    planted = len(LOST) + sum(len(fields.split()) for fields in MISSED.values())
    assert planted >= 290
    assert sum(len(fields.split()) for fields in LONG.values()) <= planted / 20
