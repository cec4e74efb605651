"""The investigation: from a failing trace to a finding, or to why there is none."""

import pytest

from harness.difference import LinePlace
from harness.errors import DiedError
from harness.examiner import Examiner
from harness.finding import register_place
from harness.investigation import Investigator
from harness.masks import Masks
from harness.round import Caught
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace


def kept(address, **kind):
    return FakeRegister(address=address, **kind)


def lost(address, **kind):
    return FakeRegister(address=address, is_saved=False, **kind)


def investigator_of(*registers, masks=None, kind=FakeGuest, confirmations=3, limit=400, **script):
    examiner = Examiner(kind(Script(registers=registers, **script)), masks or Masks())
    return Investigator(examiner, "job", confirmations=confirmations, shrink_limit=limit)


def caught(investigator, text):
    trace = Trace.parse(text)
    difference = investigator._examiner.examine(trace, fresh=True).difference
    return Caught(trace, trace, difference.pin)


LONG = """
    outb 0x10 0x7
    outw 0x11 0x3355
    cycle
    inb 0x10
    inw 0x11
    cycle
    inb 0x13
"""


def test_a_long_trace_comes_down_to_what_matters():
    investigator = investigator_of(kept(0x10), lost(0x11), kept(0x12), kept(0x13))
    finding = investigator.follow(caught(investigator, LONG))
    assert str(finding.trace) == "outb 0x11 0x1\ncycle\ninb 0x11\n"
    assert finding.is_minimal
    assert (finding.hits, finding.runs) == (3, 3)
    assert finding.jobs == ("job",)
    assert finding.culprit.bits == 0xFF


def test_a_finding_is_masked_as_soon_as_it_is_made():
    investigator = investigator_of(kept(0x10), lost(0x11), kept(0x12), kept(0x13))
    finding = investigator.follow(caught(investigator, LONG))
    examination = investigator._examiner.examine(Trace.parse(LONG))
    assert examination.difference is None
    assert examination.known == {finding.id}


def test_what_only_a_used_device_shows_is_not_restored():
    investigator = investigator_of(lost(0x10, is_reset=False))
    text = "outb 0x10 0x1\ncycle\ninb 0x10\noutb 0x10 0x0"
    finding = investigator.follow(caught(investigator, text))
    assert finding.kind == "not restored"
    assert finding.title.startswith("fake does not restore ")


def test_a_field_that_loading_changes_is_seen_in_a_fresh_device_too():
    investigator = investigator_of(kept(0x10, is_readable=False, loads=0x0F))
    finding = investigator.follow(caught(investigator, "outb 0x10 0x10\ncycle"))
    assert finding.kind == "changed by loading"


def test_whatever_the_limit_every_step_is_needed():
    investigator = investigator_of(kept(0x10), lost(0x11), kept(0x12), kept(0x13), limit=0)
    finding = investigator.follow(caught(investigator, LONG))
    assert finding.is_minimal
    assert len(finding.trace) == 3


def test_an_alias_is_a_known_case_and_is_masked_with_it():
    masks = Masks()
    masks.add("known", [register_place("fake", "registers", 0, 0xFF)])
    registers = (lost(0x10), kept(0x20, region="alias", shows=0x10))
    investigator = investigator_of(*registers, masks=masks)
    text = "outb 0x10 0x1\ncycle\ninb 0x20"
    assert investigator.follow(caught(investigator, text)) is None
    assert investigator.take_known() == {"known": 1}
    assert investigator.take_known() == {}
    examination = investigator._examiner.examine(Trace.parse(text))
    assert examination.difference is None
    assert examination.known == {"known"}


def test_a_loss_beside_a_known_one_is_no_alias():
    masks = Masks()
    masks.add("known", [register_place("fake", "registers", 0, 0xFF)])
    investigator = investigator_of(lost(0x10), lost(0x20, region="b"), masks=masks)
    finding = investigator.follow(caught(investigator, "outb 0x20 0x1\ncycle\ninb 0x20"))
    assert finding.culprit.region == "b"
    assert investigator.take_known() == {}


@pytest.mark.parametrize("region", ["elsewhere", "registers"])
def test_a_known_register_that_is_not_there_is_no_alias(region):
    masks = Masks()
    masks.add("known", [register_place("fake", region, 0x99, 0xFF)])
    investigator = investigator_of(lost(0x10), masks=masks)
    assert investigator.follow(caught(investigator, "outb 0x10 0x1\ncycle\ninb 0x10"))


def test_a_line_is_no_alias_of_a_register():
    registers = (kept(0x10), lost(0x11, is_readable=False))
    investigator = investigator_of(*registers, lines={"irq": (0x10, 0x11)})
    text = "outb 0x11 0x1\ncycle\noutb 0x10 0x1"
    finding = investigator.follow(caught(investigator, text))
    assert finding.sightings == (LinePlace("irq"),)


class Wavering(FakeGuest):
    """Loses 0x11 after every other start only."""

    def load(self, tag):
        kept_value = self._saved[tag].values[0x11]
        super().load(tag)
        if self.restarts % 2 == 0:
            self._values[0x11] = kept_value


def test_what_does_not_come_back_every_time_is_not_followed_any_more():
    investigator = investigator_of(kept(0x10), lost(0x11), kind=Wavering)
    first = caught(investigator, "outb 0x11 0x1\ncycle\ninb 0x11")
    assert investigator.follow(first) is None
    assert investigator.ignored == {first.pin}
    assert list(investigator.unreliable) == ["future fake registers"]
    assert investigator.unreliable["future fake registers"] < 3


def test_what_the_power_on_checkpoint_misses_is_followed_from_scratch():
    class Leaking(FakeGuest):
        """Going back to power-on leaves it in a state in which nothing is lost."""

        def load(self, tag):
            value = self._saved[tag].values[0x11]
            super().load(tag)
            self.is_worn = getattr(self, "is_worn", False) or tag == "vmstate_power_on"
            if self.is_worn:
                self._values[0x11] = value

        def restart(self, *, bare=False):
            self.is_worn = False
            super().restart(bare=bare)

    investigator = investigator_of(kept(0x10), lost(0x11), kind=Leaking)
    finding = investigator.follow(caught(investigator, "inb 0x10\noutb 0x11 0x1\ncycle\ninb 0x11"))
    assert str(finding.trace) == "outb 0x11 0x1\ncycle\ninb 0x11\n"
    assert finding.hits == 3


def test_a_trace_that_ends_the_guest_does_not_fail():
    investigator = investigator_of(lost(0x10), errors={0x11: DiedError(1, "a command", "")})
    trace = Trace.parse("outb 0x10 0x1\ncycle\ninb 0x11\ninb 0x10")
    assert not investigator.still_fails(trace, ("future", "fake", "registers"))


def test_a_trace_fails_only_at_its_pin():
    investigator = investigator_of(lost(0x10))
    trace = Trace.parse("outb 0x10 0x1\ncycle\ninb 0x10")
    assert investigator.still_fails(trace, ("future", "fake", "registers"))
    assert not investigator.still_fails(trace, ("future", "fake", "other"))


def test_a_second_trace_of_one_field_is_counted_and_not_reported():
    registers = (lost(0x10), kept(0x20, region="alias", shows=0x10))
    investigator = investigator_of(*registers, shows_objects=True)
    first = caught(investigator, "outb 0x10 0x1\ncycle\ninb 0x10")
    finding = investigator.follow(first)
    assert finding.culprit.fields == ("r10",)
    investigator._examiner.masks._registers.clear()
    assert investigator.follow(first) is None
    assert investigator.take_known() == {finding.id: 1}


def test_a_mask_that_does_not_hide_its_own_loss_is_followed_no_more():
    registers = (kept(0x10), lost(0x11, is_readable=False))
    investigator = investigator_of(*registers, lines={"irq": (0x10, 0x11)})
    first = caught(investigator, "outb 0x11 0x1\ncycle\noutb 0x10 0x1")
    finding = investigator.follow(first)
    assert investigator.ignored == set()
    investigator._examiner.masks.cases_of_line = lambda line: set()
    assert investigator.follow(first) is None
    assert investigator.ignored == {first.pin}
    assert investigator.take_known() == {finding.id: 1}


def test_what_runs_leave_to_each_other_is_not_restored():
    investigator = investigator_of(lost(0x10, is_reset=False, counts_reads=True))
    finding = investigator.follow(caught(investigator, "inb 0x11\ncycle\ninb 0x10"))
    assert str(finding.trace) == "cycle\ninb 0x10\n"
    assert finding.kind == "not restored"
    assert (finding.hits, finding.runs) == (3, 3)
