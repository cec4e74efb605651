"""States that nobody saved: a real QEMU dies of some, and which field it is gets named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.corpus import Outcome, case_from_finding, replay, stand_alone
from harness.corpus.reproducer import reproducer
from harness.errors import LoadError, SpoilError
from harness.examiner import Examiner
from harness.guests.factory import find_guests
from harness.hunt import Hunt
from harness.job import HuntSettings, Job
from harness.masks import Masks
from harness.oracles import ORACLES
from harness.qemu.binaries import find_one
from harness.qemu.fresh import FreshGuest
from harness.qemu.guest import GuestOptions, QemuGuest
from harness.trace import Trace

pytestmark = pytest.mark.qemu

#: The counter is divided by what it counts from: 0 is no value that a write leaves there.
#: Source: QEMU 7.2 hw/timer/i8254.c, pit_get_count.
FATAL = "spoil i8254 0 channels[0].count 0x00000000\ncycle\ninb 0x40\n"


@pytest.fixture(scope="module")
def guest():
    with FreshGuest(GuestOptions(name="qemu:pc,reload=fresh")) as guest:
        yield guest


def shown(guest, text):
    return Examiner(guest, Masks(), oracles=ORACLES).examine(Trace.parse(text), fresh=True)


def test_a_field_that_ends_it_is_told(guest):
    difference = shown(guest, FATAL).difference
    assert (difference.oracle, difference.kind) == ("hostile", "crash")
    assert difference.seen == "the guest was killed by signal 8 during 1 commands"


def test_what_it_takes_is_loaded_and_seen(guest):
    commands = [*Trace.parse("outb 0x21 0x5a\nspoil i8259 0 imr 0xa5").commands]
    guest.restart()
    assert guest.execute(commands)[1].answer is None
    guest.save("here")
    guest.reload("here")
    assert guest.execute(Trace.parse("inb 0x21").commands)[0].answer == 0xA5
    assert (
        shown(guest, "outb 0x21 0x5a\nspoil i8259 0 imr 0xa5\ncycle\ninb 0x21").difference is None
    )


def test_what_it_refuses_is_no_fault(guest):
    guest.restart()
    guest.execute(Trace.parse("spoil hpet 0 num_timers 0xff").commands)
    guest.save("here")
    with pytest.raises(LoadError):
        guest.reload("here")
    assert shown(guest, "spoil hpet 0 num_timers 0xff\ncycle\ninb 0x40").difference is None


def test_a_field_that_is_not_there_is_said_and_nothing_is_judged(guest):
    guest.restart()
    guest.execute(Trace.parse("spoil hpet 0 nothing 0xff").commands)
    guest.save("here")
    with pytest.raises(SpoilError, match=r"hpet\[0\]/nothing can't be spoilt: the state has no"):
        guest.reload("here")
    examination = shown(guest, "spoil hpet 0 nothing 0xff\ncycle\ninb 0x40")
    assert examination.difference is None
    assert "hpet[0]/nothing can't be spoilt" in examination.discarded


@pytest.fixture(scope="module")
def finding(guest):
    owner = next(one for one in guest.map.owners if one.section == "i8254")
    job = Job(
        guest=guest.spec, binary="", device="isa-pit", owner=(owner.type, owner.path), cycles=400
    )
    result = Hunt(guest, job, Masks(), HuntSettings(oracles=("hostile",))).run()
    assert result.verdict == "found"
    return {one.culprit.fields: one for one in result.findings}["channels[0].count",]


def test_a_hunt_names_the_field(guest, finding):
    assert (finding.oracle, finding.kind, finding.is_minimal) == ("hostile", "crash", True)
    assert finding.culprit.owner.type == "isa-pit"
    assert finding.seen.startswith("the guest was killed by signal 8 during ")
    assert replay(case_from_finding(finding), guest).outcome is Outcome.STILL_FAILS


@pytest.mark.parametrize(
    ("section", "offset", "data", "outcome"),
    [
        (None, None, None, Outcome.STILL_FAILS),
        # Loaded, and refused with an error.
        ("i8254", None, b"\0\0\0\1", Outcome.FIXED),
        ("hpet", 24, b"\xff", Outcome.FIXED),
    ],
)
def test_its_script_runs_alone(guest, finding, tmp_path, section, offset, data, outcome):
    if section is not None:
        own = finding.spoilt[0]
        finding = replace(finding, spoilt=((section, 0, offset or own[2], data),))
    (spec,) = find_guests((guest.spec,), ()).specs
    script = tmp_path / "alone.py"
    script.write_text(reproducer(finding, spec.launch(guest)))
    told = stand_alone(case_from_finding(finding), script, [find_one().path], guest.version)
    assert told.outcome is outcome, told.why


def test_a_guest_that_goes_on_in_place_can_not_be_spoilt():
    with QemuGuest(GuestOptions()) as guest:
        job = Job(guest=guest.spec, binary="", device="machine", cycles=10)
        result = Hunt(guest, job, Masks(), HuntSettings(oracles=("hostile",))).run()
    assert result.verdict == "not tested"
    assert result.why == (
        "its state can't be spoilt on the way: it takes reload=fresh behind its name"
    )
