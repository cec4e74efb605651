"""Masks: what is known is taken out, and counted."""

import pytest

from harness.difference import FieldPlace, LinePlace, RegionPlace, RegisterPlace
from harness.finding import register_place
from harness.masks import EVERY_LINE, Masks
from harness.regions import ARENA, Owner, Register

DMA = Owner("i8257", "/machine/device[4]", "dma", 0)
DMA2 = Owner("i8257", "/machine/device[5]", "dma", 1)
STATUS = Register(DMA, "dma-cont", 0)


@pytest.fixture
def masks():
    return Masks()


def test_nothing_is_known_at_first(masks):
    assert masks.register_bits(STATUS) == 0
    assert masks.cases_of_register(STATUS, 0xFF) == set()
    assert masks.registers_of("i8257") == []
    assert masks.cases_of_field("dma", "command") == set()
    assert masks.cases_of_line("isa[0]") == set()
    assert masks.cases_of_failure("crash") == set()


def test_bits_of_several_cases_add_up(masks):
    masks.add("a", [RegisterPlace(STATUS, 0xF0), RegisterPlace(STATUS, 0x01)])
    masks.add("b", [RegisterPlace(STATUS, 0x03)])
    assert masks.register_bits(STATUS) == 0xF3
    assert masks.cases_of_register(STATUS, 0x02) == {"b"}
    assert masks.cases_of_register(STATUS, 0x11) == {"a", "b"}
    assert masks.cases_of_register(STATUS, 0x0C) == set()


def test_all_instances_of_a_type_share_their_bugs(masks):
    masks.add("a", [register_place("i8257", "dma-cont", 0, 0xF0)])
    assert masks.register_bits(Register(DMA2, "dma-cont", 0)) == 0xF0


@pytest.mark.parametrize(
    "other",
    [
        Register(DMA, "dma-cont", 1),
        Register(DMA, "dma-chan", 0),
        Register(Owner("i8259"), "dma-cont", 0),
    ],
)
def test_other_registers_are_not_masked(masks, other):
    masks.add("a", [RegisterPlace(STATUS, 0xFF)])
    assert masks.register_bits(other) == 0


@pytest.mark.parametrize(
    ("section", "region", "bits"),
    [
        ("0000:00:1d.7/ehci", "operational", 0xFF),
        ("0000:00:1d.7/uhci", "operational", 0),
        ("", "operational", 0),
        ("0000:00:1d.7/ehci", ARENA, 0),
    ],
)
def test_types_that_share_a_description_share_its_bugs(masks, section, region, bits):
    for known in ("operational", ARENA):
        masks.add("a", [register_place("usb-ehci", known, 0x22, 0xFF, "0000:00:02.0/ehci")])
    register = Register(Owner("ich9-usb-ehci1", section=section), region, 0x22)
    assert masks.register_bits(register) == bits
    assert masks.cases_of_register(register, 0xFF) == ({"a"} if bits else set())


def test_the_known_registers_of_a_type_can_be_listed(masks):
    masks.add("a", [RegisterPlace(STATUS, 0xF0), register_place("i8259", "pic", 1, 2)])
    masks.add("b", [RegisterPlace(STATUS, 0x01)])
    assert masks.registers_of("i8257") == [("a", "dma-cont", 0, 0xF0), ("b", "dma-cont", 0, 0x01)]


@pytest.mark.parametrize(
    ("section", "path", "is_known"),
    [
        ("dma", "regs[2].mode", True),
        ("dma", "regs[3].mode", True),
        ("0000:00:01.0/dma", "regs[0].mode", True),
        ("dma", "regs[2].page", False),
        ("rtc", "regs[2].mode", False),
    ],
)
def test_a_field_is_known_at_every_index_and_on_every_bus(masks, section, path, is_known):
    masks.add("a", [FieldPlace("dma", 0, "regs[2].mode", 1)])
    assert masks.cases_of_field(section, path) == ({"a"} if is_known else set())


def test_a_field_of_a_device_with_a_bus_path_is_known(masks):
    masks.add("a", [FieldPlace("0000:00:03.0/e1000", 0, "mac_reg", 1)])
    assert masks.cases_of_field("0000:00:03.0/e1000", "mac_reg") == {"a"}


def test_lines_and_failures_are_known_by_name(masks):
    masks.add("a", [LinePlace("isa[0]")], "crash")
    assert masks.cases_of_line("isa[0]") == {"a"}
    assert masks.cases_of_line("isa[1]") == set()
    assert masks.cases_of_failure("crash") == {"a"}
    assert masks.cases_of_failure("hang") == set()


def test_a_failure_may_be_known_by_what_it_says(masks):
    masks.add("a", [], "crash", message="irq_count.* == 0")
    assert masks.cases_of_failure("crash", "Assertion `bus->irq_count[i] == 0' failed") == {"a"}
    assert masks.cases_of_failure("crash", "Assertion `!auto_alloc' failed") == set()
    assert masks.cases_of_failure("hang", "Assertion `bus->irq_count[i] == 0' failed") == set()


def test_every_line_may_be_known(masks):
    masks.add("a", [LinePlace(EVERY_LINE)])
    assert masks.cases_of_line("ioapic[21]") == {"a"}


def test_a_copy_is_added_to_alone(masks):
    places = [RegisterPlace(STATUS, 1), FieldPlace("dma", 0, "mask", 1), LinePlace("irq")]
    masks.add("a", places, "crash")
    copy = masks.copy()
    more = [RegisterPlace(STATUS, 2), FieldPlace("dma", 0, "mask", 1), LinePlace("irq")]
    copy.add("b", more, "crash")
    assert masks.register_bits(STATUS) == 1
    assert masks.cases_of_field("dma", "mask") == {"a"}
    assert masks.cases_of_line("irq") == masks.cases_of_failure("crash") == {"a"}
    assert copy.register_bits(STATUS) == 3
    assert copy.cases_of_field("dma", "mask") == {"a", "b"}
    assert copy.cases_of_line("irq") == copy.cases_of_failure("crash") == {"a", "b"}


@pytest.mark.parametrize(
    ("places", "failure"),
    [
        ([RegisterPlace(STATUS, 0x10)], ""),
        ([FieldPlace("dma", 0, "mask", 1)], ""),
        ([LinePlace("irq")], ""),
        ([], "crash"),
    ],
)
def test_adding_says_whether_anything_new_is_masked(masks, places, failure):
    assert masks.add("a", places, failure)
    assert not masks.add("a", places, failure)
    assert not masks.add("b", places, failure)


def test_a_case_is_found_by_the_signature_of_its_findings(masks):
    signature = ("field", "i8257", "status")
    assert masks.case_with(signature) == ""
    masks.name("a", signature)
    masks.name("b", signature)
    assert masks.case_with(signature) == "a"
    assert masks.copy().case_with(signature) == "a"
    assert masks.case_with(("field", "i8257", "mask")) == ""


def test_a_device_of_which_all_is_known_is_masked_as_a_whole(masks):
    other = Register(Owner("pit"), "pit", 0)
    assert masks.add("a", [], owner="i8257")
    assert not masks.add("a", [], owner="i8257")
    assert masks.register_bits(STATUS) == 0xFF
    assert masks.cases_of_register(STATUS, 0x01) == {"a"}
    assert masks.register_bits(other) == 0
    assert masks.copy().register_bits(STATUS) == 0xFF


def test_a_region_of_which_all_is_known_is_masked_as_a_whole(masks):
    assert masks.add("case-1", [RegionPlace("m48t08", "nvram")])
    assert not masks.add("case-1", [RegionPlace("m48t08", "nvram")])
    cell, clock = (Register(Owner("m48t08"), region, 0x438) for region in ("nvram", "clock"))
    other = Register(Owner("ds1225y"), "nvram", 0x438)
    for known in (masks, masks.copy()):
        assert [known.register_bits(one) for one in (cell, clock, other)] == [0xFF, 0, 0]
        assert known.cases_of_register(cell, 1) == {"case-1"}
        assert known.cases_of_register(other, 1) == set()


def test_what_a_device_did_to_memory_is_one_place(masks):
    masks.add("a", [register_place("nvme", ARENA, 0x1198, 0x40)])
    assert masks.register_bits(Register(Owner("nvme"), ARENA, 0x4000)) == 0xFF
    assert masks.cases_of_register(Register(Owner("nvme"), ARENA, 0), 0x01) == {"a"}
    assert masks.register_bits(Register(Owner("nvme"), "nvme", 0x1198)) == 0
