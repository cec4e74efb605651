"""Findings: identity, title, and what duplicates add."""

from dataclasses import replace

import pytest

from harness.difference import LinePlace
from harness.finding import NO_DESCRIPTION, Culprit, actions_of, register_place
from harness.regions import BEHIND, Owner, Region, RegionMap, Via
from harness.trace import Trace
from tests.support.findings import DMA, STATUS, make_finding

DMA2 = Owner("i8257", "/machine/unattached/device[5]", "dma", 1)


def by_field(*paths, owner=DMA, **changes):
    return make_finding(culprit=Culprit(owner=owner, fields=paths, **changes))


def test_another_trace_of_the_same_loss_has_the_same_identity():
    other = make_finding(trace=Trace.parse("cycle\ninw 0x8"), expected="0x1010", hits=9, jobs=())
    assert other.signature == make_finding().signature
    assert other.id == make_finding().id


def test_another_instance_of_the_device_has_the_same_identity():
    culprit = Culprit(owner=DMA2, region="dma-cont", offset=0, bits=0xF0)
    assert make_finding(culprit=culprit).id == make_finding().id
    assert by_field("regs[2].mode").id == by_field("regs[3].mode", owner=DMA2).id


@pytest.mark.parametrize(
    "culprit",
    [
        Culprit(owner=DMA, region="dma-cont", offset=1, bits=0xF0),
        Culprit(owner=DMA, region="dma-cont", offset=0, bits=0x0F),
        Culprit(owner=DMA, region="dma-chan", offset=0, bits=0xF0),
        Culprit(owner=Owner("i8259"), region="dma-cont", offset=0, bits=0xF0),
        Culprit(owner=DMA, line="dma-cont"),
        Culprit(owner=DMA, fields=("status",)),
        Culprit(owner=DMA),
    ],
)
def test_another_culprit_is_another_finding(culprit):
    assert make_finding(culprit=culprit).id != make_finding().id


def test_the_kind_tells_findings_apart_where_no_field_is_named():
    culprit = Culprit(owner=DMA)
    crash = make_finding(oracle="load", kind="crash", culprit=culprit)
    assert crash.id != make_finding(oracle="load", kind="hang", culprit=culprit).id


def test_one_lost_field_is_one_finding_whichever_oracle_saw_it():
    culprit = Culprit(owner=DMA, fields=("status",))
    seen = make_finding(oracle="idempotence", kind="changed by loading", culprit=culprit)
    assert seen.id == by_field("status", region="dma-cont", offset=0).id


def test_the_order_of_fields_is_no_matter():
    assert by_field("b", "a", "a").signature == by_field("a", "b").signature


@pytest.mark.parametrize(
    ("culprit", "start"),
    [
        (Culprit(owner=DMA, region="dma-cont", offset=16, bits=1), "i8257-dma-cont-10-"),
        (Culprit(owner=DMA, line="isa[4]"), "i8257-isa-4-"),
        (Culprit(owner=DMA, fields=("regs[2].now[0]",)), "i8257-regs-now-"),
        (Culprit(owner=Owner("machine")), "machine-"),
        (Culprit(owner=DMA, fields=("x" * 200,)), "i8257-" + "x" * 54 + "-"),
    ],
)
def test_the_id_is_a_file_name_that_people_can_read(culprit, start):
    finding_id = make_finding(culprit=culprit).id
    assert finding_id.startswith(start)
    assert len(finding_id) == len(start) + 8


def test_the_id_is_the_same_in_every_release():
    assert make_finding().id == "i8257-dma-cont-0-4424064a"


@pytest.mark.parametrize(
    ("kind", "culprit", "title"),
    [
        (
            "state lost",
            Culprit(owner=DMA, region="dma-cont", offset=0, bits=0xF0),
            "i8257 loses dma-cont+0x0 bits 0xf0",
        ),
        ("state lost", Culprit(owner=DMA, fields=("a", "b")), "i8257 loses a, b"),
        (
            "interrupt lost",
            Culprit(owner=DMA, line="isa[4]"),
            "i8257 loses the interrupt state of isa[4]",
        ),
        (
            "changed by loading",
            Culprit(owner=DMA, fields=("a",)),
            "i8257 changes on loading: a",
        ),
        ("does not load", Culprit(owner=DMA), "i8257 refuses its own state: dma"),
        ("crash", Culprit(owner=Owner("x")), "x crashes over its own state: the machine"),
        ("hang", Culprit(owner=Owner("x")), "x hangs over its own state: the machine"),
    ],
)
def test_the_title_says_what_happened_to_what(kind, culprit, title):
    assert make_finding(kind=kind, culprit=culprit).title == title


def test_duplicates_add_their_sightings_and_jobs():
    first = make_finding()
    second = make_finding(sightings=(LinePlace("irq"), *first.sightings), jobs=("b", "a"))
    merged = first.merged(second)
    assert merged.sightings == (*first.sightings, LinePlace("irq"))
    assert merged.jobs == ("qemu:pc::i8257", "b", "a")
    assert merged.trace == first.trace
    assert first.merged(first) == first


def test_actions_are_in_the_names_of_the_registers():
    regions = RegionMap((Region("io", 0x8, 8, "dma-cont", 0, DMA),))
    trace = Trace.parse("outb 0x9 0x4\nclock_step 5\ncycle\ninb 0x8\ninb 0x99\nendianness")
    assert actions_of(trace, regions) == (
        "write i8257 dma-cont+0x1",
        "let time pass",
        "save, reset all devices, load",
        "read i8257 dma-cont+0x0",
        "nothing is there",
        "",
    )


def test_a_cycle_says_how_the_state_comes_back():
    trace = Trace.parse("cycle")
    assert actions_of(trace, RegionMap(()), "fresh") == ("save, load in a new process",)


def test_a_place_can_be_named_without_an_instance():
    place = register_place("i8257", "dma-cont", 0, 0xF0)
    assert place.bits == 0xF0
    assert place.register.owner == Owner("i8257")
    assert (place.register.region, place.register.offset) == (STATUS.region, STATUS.offset)


def test_all_that_a_device_without_a_description_loses_is_one_finding():
    one = make_finding(kind=NO_DESCRIPTION)
    other = make_finding(
        kind=NO_DESCRIPTION, culprit=replace(one.culprit, region="dma-chan", offset=4)
    )
    assert one.signature == other.signature == ("no description", "i8257")
    assert one.id == other.id
    assert one.id.startswith("i8257-no-description-")
    assert one.title == "i8257 has no description: it loses dma-cont+0x0 bits 0xf0"


def test_through_a_pair_the_register_that_was_selected_is_named():
    nic, host = Owner("e1000"), Owner("host")
    page = Region("io", BEHIND + 0x8000_1000, 256, "config", 0, nic, Via("io", 0xCF8, 0xCFC))
    regions = RegionMap((Region("io", 0xCF8, 4, "index", 0, host), page))
    trace = Trace.parse("outl 0xcf8 0x80001040\ncycle\ninb 0xcfe")
    assert actions_of(trace, regions)[::2] == ("write host index+0x0", "read e1000 config+0x42")
