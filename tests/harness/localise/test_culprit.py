"""The culprit: whose state, and which of it."""

from dataclasses import replace

import pytest

from harness.difference import FieldPlace
from harness.errors import LoadError
from harness.examiner import Examiner
from harness.fields import DeviceState, LeafField
from harness.finding import Culprit
from harness.guest import Plugged
from harness.localise import find_culprit
from harness.masks import Masks
from harness.regions import Owner
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace

FAKE, OTHER = (Owner(name, f"/machine/{name}", name) for name in ("fake", "other"))


def kept(address, **kind):
    return FakeRegister(address=address, **kind)


def lost(address, **kind):
    return FakeRegister(address=address, is_saved=False, **kind)


def culprit_of(text, *registers, masks=None, **script):
    examiner = Examiner(FakeGuest(Script(registers=registers, **script)), Masks())
    trace = Trace.parse(text)
    difference = examiner.examine(trace).difference
    examiner.masks = masks or Masks()
    return find_culprit(examiner, trace, difference)


LEAST = "outb 0x12 0x1\ncycle\ninb 0x12"


def test_where_no_field_carries_it_the_register_names_it():
    culprit = culprit_of(LEAST, kept(0x11), lost(0x12))
    assert culprit == Culprit(owner=FAKE, region="registers", offset=1, bits=1)


def test_a_field_that_came_back_changed_names_it():
    culprit = culprit_of(LEAST, kept(0x11), kept(0x12, loads=0xFE))
    assert culprit.fields == ("r12",)
    assert culprit.described
    assert culprit.offset == 1


class Unwritten(FakeGuest):
    """A guest that sends memory which nobody wrote: each process has its own in ``r11``."""

    def inspect(self):
        leaves = super().inspect().fields
        garbage = bytes([self.restarts])
        return DeviceState(
            tuple(replace(leaf, data=garbage) if leaf.path == "r11" else leaf for leaf in leaves)
        )


def test_memory_that_differs_from_process_to_process_is_not_blamed():
    trace = Trace.parse(LEAST)
    for registers, fields in (
        ((kept(0x11), lost(0x12)), ()),
        ((kept(0x11), kept(0x12, loads=0xFE)), ("r12",)),
    ):
        examiner = Examiner(Unwritten(Script(registers=registers)), Masks())
        difference = examiner.examine(trace).difference
        culprit = find_culprit(examiner, trace, difference)
        assert (culprit.fields, culprit.offset) == (fields, 1)


def test_an_attribute_that_no_field_carries_is_named_where_objects_can_be_seen():
    culprit = culprit_of(LEAST, kept(0x11), lost(0x12), shows_objects=True)
    assert culprit.fields == ("r12",)
    assert not culprit.described


def test_an_attribute_that_a_field_carries_is_told_as_described():
    culprit = culprit_of(LEAST, kept(0x12, loads=0xFE), shows_objects=True)
    assert culprit.fields == ("r12",)
    assert culprit.described


def test_what_a_reset_leaves_shows_once_the_device_is_dirtied():
    text = "outb 0x12 0x1\ncycle\ninb 0x12\noutb 0x12 0x0"
    culprit = culprit_of(text, lost(0x12, is_reset=False), shows_objects=True)
    assert culprit.fields == ("r12",)


def test_a_neighbours_changes_are_not_the_devices():
    registers = [lost(0x12), kept(0x20, device="other", loads=0)]
    culprit = culprit_of(f"outb 0x20 0x1\n{LEAST}", *registers)
    assert culprit.owner == FAKE
    assert culprit.fields == ()


def test_a_known_field_is_not_blamed():
    masks = Masks()
    masks.add("known", [FieldPlace("fake", 0, "r11", 1)])
    registers = [kept(0x11, is_readable=False, loads=0), kept(0x12, loads=0xFE)]
    culprit = culprit_of(f"outb 0x11 0x1\n{LEAST}", *registers, masks=masks)
    assert culprit.fields == ("r12",)


def test_a_field_without_a_register_belongs_to_its_sections_owner():
    registers = [kept(0x10), kept(0x20, device="other", is_readable=False, loads=0)]
    culprit = culprit_of("outb 0x20 0x3\ncycle", *registers)
    assert culprit == Culprit(owner=OTHER, fields=("r20",), bits=3)


def test_a_line_is_blamed_on_the_device_whose_state_changed():
    registers = [kept(0x10), kept(0x20, device="other", is_readable=False, loads=0)]
    text = "outb 0x20 0x1\ncycle\noutb 0x10 0x1"
    culprit = culprit_of(text, *registers, lines={"irq": (0x10, 0x20)})
    assert culprit.owner == OTHER
    assert culprit.fields == ("r20",)
    assert culprit.line == "irq"


def test_a_line_that_no_field_explains_is_blamed_on_the_machine():
    registers = [kept(0x10), lost(0x11, is_readable=False)]
    text = "outb 0x11 0x1\ncycle\noutb 0x10 0x1"
    culprit = culprit_of(text, *registers, lines={"irq": (0x10, 0x11)})
    assert culprit == Culprit(owner=Owner("registers-machine"), line="irq")


def test_a_failure_to_load_is_the_machines():
    culprit = culprit_of("outb 0x10 0x1\ncycle", kept(0x10), load_errors={0x10: LoadError("bad")})
    assert culprit == Culprit(owner=Owner("registers-machine"))


class Garbage(FakeGuest):
    """Each process saves what it happened to find in memory."""

    made = 0

    def inspect(self):
        Garbage.made += 1
        heap = LeafField("fake", 0, "heap", "buffer", 99, bytes([Garbage.made]))
        return DeviceState((heap, *super().inspect().fields))


def test_what_differs_from_process_to_process_is_no_culprit():
    examiner = Examiner(Garbage(Script(registers=(kept(0x11), kept(0x12, loads=0xFE)))), Masks())
    trace = Trace.parse(LEAST)
    difference = examiner.examine(trace).difference
    assert find_culprit(examiner, trace, difference).fields == ("r12",)


class Alien(FakeGuest):
    """Its state has a section of no owner."""

    named = "alien"

    def _decoded(self, state):
        decoded = super()._decoded(state)
        leaves = [
            type(leaf)(self.named, 3, leaf.path, leaf.type, leaf.offset, leaf.data)
            for leaf in decoded.fields
        ]
        return type(decoded)(tuple(leaves))


def test_a_section_of_nobody_names_itself():
    guest = Alien(Script(registers=(kept(0x10, is_readable=False, loads=0),)))
    examiner = Examiner(guest, Masks())
    trace = Trace.parse("outb 0x10 0x1\ncycle")
    difference = examiner.examine(trace).difference
    assert find_culprit(examiner, trace, difference).owner == Owner("alien", "", "alien", 3)


class Dut(FakeGuest):
    """A machine with a device under test that has no register of its own."""

    plugged = Plugged("dut-type", "/machine/peripheral/dut", (), (("unreached", 3),), ())


def culprit_on(guest, text):
    examiner = Examiner(guest, Masks())
    trace = Trace.parse(text)
    return find_culprit(examiner, trace, examiner.examine(trace).difference)


def test_what_the_machine_refuses_is_the_matter_with_what_was_plugged_in():
    error = LoadError("no")
    guest = Dut(Script(registers=(kept(0x10),), load_errors={0x10: error}))
    culprit = culprit_on(guest, "outb 0x10 0x1\ncycle")
    assert culprit.owner == Owner("dut-type", "/machine/peripheral/dut")


class Beside(Alien):
    """The same, with a device under test beside it."""

    plugged = Plugged("dut-type", "/machine/peripheral/dut", (), (("own", 0),), ())


class Bus(Beside):
    """The same, but the section is that of a bus."""

    named = "PCIBUS"


@pytest.mark.parametrize(
    ("kind", "owner"),
    [
        (Bus, Owner("dut-type", "/machine/peripheral/dut", "PCIBUS", 3)),
        (Beside, Owner("alien", "", "alien", 3)),
    ],
)
def test_what_changes_in_a_bus_is_the_matter_with_what_was_plugged_into_it(kind, owner):
    guest = kind(Script(registers=(kept(0x10, is_readable=False, loads=0),)))
    examiner = Examiner(guest, Masks())
    trace = Trace.parse("outb 0x10 0x1\ncycle")
    difference = examiner.examine(trace).difference
    assert find_culprit(examiner, trace, difference).owner == owner


@pytest.mark.parametrize(
    ("region", "saved", "owner"),
    [
        ("pci-conf-data", False, "dut-type"),
        ("pci-conf-data", True, "host"),
        ("registers", False, "host"),
    ],
)
def test_what_shows_through_the_hosts_data_port_is_the_plugged_functions(region, saved, owner):
    data = FakeRegister(address=0x10, device="host", region=region, is_saved=saved, loads=0)
    culprit = culprit_on(Dut(Script(registers=(data,))), "outb 0x10 0x1\ncycle\ninb 0x10")
    assert culprit.owner.type == owner
