"""The investigation: from a failing trace to a finding, or to why there is none."""

from dataclasses import replace

import pytest

from harness.command import Command
from harness.difference import LinePlace
from harness.errors import DiedError, LoadError
from harness.examiner import Examiner
from harness.finding import NO_DESCRIPTION, Culprit, register_place
from harness.guest import Plugged, Twins
from harness.investigation import Investigator
from harness.masks import Masks
from harness.regions import Owner, Region, Register
from harness.round import Caught
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace
from tests.support.streams import CONFIGURATION, HEADER, described, end, full
from vmstate.stream import read_stream


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


def test_what_a_known_loss_shows_first_is_lost_all_the_same():
    masks = Masks()
    masks.add("known", [register_place("other", "registers", 0, 0xFF)])
    investigator = investigator_of(lost(0x10, device="other"), lost(0x11), masks=masks, limit=0)
    finding = investigator.follow(caught(investigator, "outw 0x10 0x101\ncycle\ninw 0x10"))
    assert [place.register.owner.type for place in finding.sightings] == ["fake"]
    assert finding.kind == "state lost"


def test_what_only_a_fresh_process_shows_is_not_restored_like_what_only_a_used_one_does():
    """Nobody saves it and no reset clears it: in place, it takes a used device to see that."""
    forgotten = lost(0x10, is_reset=False)
    used = investigator_of(forgotten)
    in_place = used.follow(caught(used, "outb 0x10 0x1\ncycle\ninb 0x10\noutb 0x10 0x0"))
    investigator = investigator_of(forgotten, reload_mode="fresh")
    finding = investigator.follow(caught(investigator, "outb 0x10 0x1\ncycle\ninb 0x10"))
    assert str(finding.trace) == "outb 0x10 0x1\ncycle\ninb 0x10\n"
    assert finding.kind == in_place.kind == "not restored"
    *same, _bits = finding.signature
    assert same == [*in_place.signature[:-1]]
    assert (in_place.reload_mode, finding.reload_mode) == ("in-place", "fresh")
    assert finding.actions[1] == "save, load in a new process"


def test_what_a_reset_clears_and_nobody_saves_is_lost_however_it_is_reloaded():
    investigator = investigator_of(lost(0x10), reload_mode="fresh")
    finding = investigator.follow(caught(investigator, "outb 0x10 0x1\ncycle\ninb 0x10"))
    assert (finding.kind, finding.reload_mode) == ("state lost", "fresh")


def test_what_a_used_device_keeps_passes_in_a_fresh_one():
    guest = FakeGuest(Script(registers=(lost(0x10, is_reset=False),), reload_mode="fresh"))
    text = "cycle\ninb 0x10\noutb 0x10 0x1"
    assert Examiner(guest, Masks()).examine(Trace.parse(text)).difference is None


def test_a_field_that_loading_changes_is_seen_in_a_fresh_device_too():
    investigator = investigator_of(kept(0x10, is_readable=False, loads=0x0F))
    finding = investigator.follow(caught(investigator, "outb 0x10 0x10\ncycle"))
    assert finding.kind == "changed by loading"


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


@pytest.mark.parametrize(
    ("text", "hidden"),
    [("outb 0x11 0x1\ncycle\noutb 0x10 0x1", 0x08), ("outb 0x12 0x1\ncycle\ninb 0x12", 0)],
)
def test_what_a_line_does_is_not_found_again_in_the_status_register(text, hidden):
    registers = (kept(0x10), lost(0x11, is_readable=False), lost(0x12))
    investigator = investigator_of(*registers, lines={"irq": (0x10, 0x11)})
    finding = investigator.follow(caught(investigator, text))
    status = Register(finding.culprit.owner, "config", 6)
    assert investigator._examiner.masks.register_bits(status) == hidden


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
    assert 0 < investigator.unreliable["future fake registers"] < 9


class Slipping(Wavering):
    """Loses nothing after the starts whose numbers are in ``slips``."""

    slips = ()

    def load(self, tag):
        kept_value = self._saved[tag].values[0x11]
        FakeGuest.load(self, tag)
        if self.restarts in self.slips:
            self._values[0x11] = kept_value


def starts_of_confirmations():
    """Return the numbers of the starts in which a finding is counted, from a run that holds."""
    investigator = investigator_of(kept(0x10), lost(0x11), kind=Slipping)
    counted, guest = [], investigator._examiner.guest
    hits = investigator._prover._hits

    def watched(trace, pin, runs):
        first = guest.restarts + 1
        found = hits(trace, pin, runs)
        counted.extend(range(first, guest.restarts + 1))
        return found

    investigator._prover._hits = watched
    finding = investigator.follow(caught(investigator, "outb 0x11 0x1\ncycle\ninb 0x11"))
    assert (finding.hits, finding.runs) == (3, 3)
    return counted


def test_what_comes_back_nine_times_of_ten_is_a_finding_that_says_so(monkeypatch):
    monkeypatch.setattr(Slipping, "slips", starts_of_confirmations()[1:2])
    investigator = investigator_of(kept(0x10), lost(0x11), kind=Slipping)
    finding = investigator.follow(caught(investigator, "outb 0x11 0x1\ncycle\ninb 0x11"))
    assert (finding.hits, finding.runs) == (9, 10)
    assert investigator.unreliable == {}


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


MAPPED = FakeRegister(address=0x20, device="card", is_saved=False, enabled_by=0x10)
BOOT = tuple(
    (Command("outb", (0x11 + number, 1)), Command("outb", (port, 1)))
    for number, port in enumerate((0x18, 0x10, 0x19))
)
PLAIN = tuple(kept(port) for port in range(0x10, 0x1A))
BEHIND = "outb 0x20 0x1\ncycle\ninb 0x20\n"


def test_a_finding_brings_what_it_needs_of_the_boot():
    investigator = investigator_of(*PLAIN, MAPPED, boot=BOOT)
    finding = investigator.follow(caught(investigator, "outb 0x11 0x7\n" + BEHIND))
    # A group is whole: what it has beside the register that matters is in it.
    assert str(finding.trace) == "outb 0x12 0x1\noutb 0x10 0x1\n" + BEHIND
    assert finding.actions[:2] == ("write fake registers+0x2", "write fake registers+0x0")
    assert len(finding.actions) == len(finding.trace)
    bare = FakeGuest(investigator._examiner.guest.script)
    shown = Examiner(bare, Masks(), is_bare=True).examine(finding.trace, fresh=True).difference
    assert shown is not None
    assert Examiner(bare, Masks(), is_bare=True).examine(Trace.parse(BEHIND)).difference is None


def test_the_hunt_goes_on_with_a_guest_that_was_booted():
    investigator = investigator_of(*PLAIN, MAPPED, boot=BOOT)
    finding = investigator.follow(caught(investigator, BEHIND))
    again = investigator._examiner.examine(Trace.parse(BEHIND))
    assert again.known == {finding.id}


def test_what_the_boot_alone_does_not_explain_is_unreliable():
    class Odd(FakeGuest):
        """Its boot does more than it says."""

        def restart(self, *, bare=False):
            super().restart(bare=bare)
            if bare:
                self._values[0x40] = 0

    hidden = FakeRegister(address=0x20, is_saved=False, enabled_by=0x40)
    secret = kept(0x40, value=1)
    investigator = investigator_of(*PLAIN, secret, hidden, kind=Odd, boot=BOOT)
    failing = caught(investigator, BEHIND)
    assert investigator.follow(failing) is None
    assert investigator.unreliable == {" ".join(failing.pin): 0}
    assert investigator.ignored == {failing.pin}


def test_a_boot_that_ends_the_guest_when_it_is_sent_explains_nothing():
    class Fragile(FakeGuest):
        def restart(self, *, bare=False):
            if bare:
                raise DiedError(-6, "starting", "")
            super().restart()

    investigator = investigator_of(*PLAIN, MAPPED, kind=Fragile, boot=BOOT)
    failing = caught(investigator, BEHIND)
    assert investigator.follow(failing) is None
    assert investigator.ignored == {failing.pin}


def test_when_time_is_up_the_whole_boot_is_brought():
    now = {"late": False}
    examiner = Examiner(FakeGuest(Script(registers=(*PLAIN, MAPPED), boot=BOOT)), Masks())
    investigator = Investigator(
        examiner, "job", confirmations=1, shrink_limit=400, is_late=lambda: now["late"]
    )
    failing = caught(investigator, BEHIND)
    now["late"] = True
    finding = investigator.follow(failing)
    boot = "".join(f"{command}\n" for group in BOOT for command in group)
    assert str(finding.trace) == boot + BEHIND


class Card(FakeGuest):
    """A plugged card that has a section."""

    plugged = Plugged("card", "/machine/card", (), (("0000:00:02.0/card", 0),), ())


class Unaddressed(Card):
    """The same, of whose addresses none is saved: going back to power-on leaves it without."""

    def rewind(self, tag):
        super().rewind(tag)
        self._values[0x18] = 0


class Windowed(Unaddressed):
    """The same, but its section has its configuration: other registers map what is gone."""

    plugged = replace(Card.plugged, sections=(("card", 0),))

    def inspect(self):
        decoded = super().inspect()
        fields = [
            replace(field, path="dev.config[0]") if field.section == "card" else field
            for field in decoded.fields
        ]
        return replace(decoded, fields=tuple(fields))


@pytest.mark.parametrize(
    ("kind", "is_all_lost"), [(Card, False), (Unaddressed, True), (Windowed, False)]
)
def test_what_loses_its_addresses_has_no_description_of_all_that_is_behind_them(kind, is_all_lost):
    boot = ((Command("outb", (0x18, 1)),),)
    card = lost(0x20, device="card", enabled_by=0x18)
    config = kept(0x21, device="card")
    investigator = investigator_of(kept(0x18), card, config, kind=kind, boot=boot)
    finding = investigator.follow(caught(investigator, "outb 0x20 0x1\ncycle\ninb 0x20"))
    assert (finding.kind == NO_DESCRIPTION) is is_all_lost


@pytest.mark.parametrize(
    ("sections", "is_described"),
    [
        (("0000:00:02.0/virtio-blk",), True),
        (("i2c_bus", "uart"), True),
        (("PCIBUS", "PCIHost"), False),
        ((), False),
    ],
)
def test_a_section_of_a_bus_describes_no_device(sections, is_described):
    investigator = investigator_of(lost(0x10), kind=Card)
    plugged = replace(Card.plugged, sections=tuple((name, 0) for name in sections))
    investigator._examiner.guest.plugged = plugged
    found = caught(investigator, "outb 0x10 0x1\ncycle\ninb 0x10")
    difference = investigator._examiner.examine(found.trace).difference
    culprit = Culprit(owner=Owner("card", "/machine/card", described=False))
    kind = investigator._kind(found.trace, difference, culprit)
    assert (kind != NO_DESCRIPTION) is is_described


def test_what_is_seen_where_it_sits_is_described_there():
    investigator = investigator_of(lost(0x10), kind=Card)
    sits = Region("io", 0x10, 1, "ide", 0, Owner("ide", "/machine/ide", "ide"))
    plugged = replace(Card.plugged, sections=(), regions=(sits,))
    investigator._examiner.guest.plugged = plugged
    found = caught(investigator, "outb 0x10 0x1\ncycle\ninb 0x10")
    difference = investigator._examiner.examine(found.trace).difference
    culprit = Culprit(owner=Owner("card", "/machine/card", described=False))
    assert investigator._kind(found.trace, difference, culprit) != NO_DESCRIPTION


@pytest.mark.parametrize(
    ("sections", "path", "is_described"),
    [
        (("virtio-blk",), "/machine/mmio", True),
        ((), "/machine/mmio", False),
        (("i2c_bus",), "/machine/mmio", False),
        (("virtio-blk",), "/machine/another", False),
    ],
)
def test_a_transport_shows_what_the_device_that_is_plugged_into_it_sends(
    sections, path, is_described
):
    investigator = investigator_of(lost(0x10), kind=Card)
    owner = Owner("mmio", "/machine/mmio", described=False)
    named = tuple((name, 0) for name in sections)
    shown = (Region("io", 0x10, 1, "mmio", 0, owner),)
    plugged = replace(Card.plugged, sections=named, regions=shown)
    investigator._examiner.guest.plugged = plugged
    found = caught(investigator, "outb 0x10 0x1\ncycle\ninb 0x10")
    difference = investigator._examiner.examine(found.trace).difference
    culprit = Culprit(owner=replace(owner, path=path))
    kind = investigator._kind(found.trace, difference, culprit)
    assert (kind != NO_DESCRIPTION) is is_described


class Refusing(FakeGuest):
    """A guest that refuses every state but the one at power-on, and says why."""

    has_died = False

    def snapshot(self, tag):
        return stream(bytes([self._saved[tag].values[0x10]]))

    def refusal(self, data):
        return "not that" if read_stream(data).sections[0].body[0] else ""

    def close(self):
        self.has_died = True


def stream(pit):
    return HEADER + CONFIGURATION + full(1, "pit", pit) + end(described("pit", len(pit)))


@pytest.mark.parametrize("error", [LoadError("not that"), DiedError(-6, "load", "Assertion")])
def test_what_a_state_is_refused_for_is_named(error):
    investigator = investigator_of(kept(0x10), load_errors={0x10: error})
    loaders = []

    def loader():
        loaders.append(Refusing(Script(registers=(kept(0x10),))))
        return loaders[-1]

    investigator._twins = Twins(loader=loader)
    plain = investigator_of(kept(0x10), load_errors={0x10: error})
    text = "outb 0x10 0x6\ncycle\ninb 0x10"
    finding, without = (one.follow(caught(one, text)) for one in (investigator, plain))
    assert (finding.culprit.owner.section, finding.culprit.fields) == ("pit", ("data",))
    assert finding.culprit.bits == 1
    assert finding.title.endswith("its own state: data")
    # It is one finding, whatever could be found out about it.
    assert (without.culprit.fields, without.id) == ((), finding.id)
    assert [one.has_died for one in loaders] == [True]


@pytest.mark.parametrize(
    ("twin", "is_found"),
    [
        ({}, True),
        ({"registers": (kept(0x10), kept(0x11))}, False),
        # What can't be asked says nothing against it.
        ({"errors": {0x11: DiedError(-6, "a command", "")}}, True),
        ({"incidents": {0x11: "guest reset"}}, True),
    ],
)
def test_what_a_machine_that_runs_does_not_show_is_none_of_the_reloads_doing(twin, is_found):
    registers = (kept(0x10), lost(0x11))
    investigator = investigator_of(*registers)
    guests = []

    def running():
        guests.append(FakeGuest(Script(**{"registers": registers, **twin})))
        return guests[-1]

    investigator._twins = Twins(running=running)
    failing = caught(investigator, LONG)
    finding = investigator.follow(failing)
    assert len(guests) == 1
    assert (finding is not None) is is_found
    if is_found:
        assert (investigator.discarded, investigator.ignored) == ({}, set())
    else:
        why = "shows only in a machine that stands still: future fake registers"
        assert investigator.discarded == {why: 1}
        assert investigator.ignored == {failing.pin}


def test_of_a_state_that_is_not_loaded_no_machine_that_runs_is_asked():
    investigator = investigator_of(kept(0x10), load_errors={0x10: LoadError("no")})
    investigator._twins = Twins(running=lambda: pytest.fail("asked"))
    assert investigator.follow(caught(investigator, "outb 0x10 0x1\ncycle")) is not None
