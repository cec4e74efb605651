"""A real QEMU behind the Guest protocol."""

import os
import signal

import pytest

from harness.command import Command
from harness.errors import LoadError, QtestError, SaveError
from harness.examiner import Examiner
from harness.fields import columns_of, differences
from harness.guest import Guest
from harness.masks import Masks
from harness.observation import Move, Observation
from harness.qemu.guest import GuestOptions, QemuGuest
from harness.qemu.session import Session
from harness.trace import Trace
from tests.support.guest_steps import cycle, run
from vmstate import StreamError

pytestmark = pytest.mark.qemu


@pytest.fixture(scope="module")
def shared():
    with QemuGuest() as guest:
        yield guest


@pytest.fixture
def pc(shared):
    """A pc at power-on: the same guest for every test, started again."""
    shared.restart()
    return shared


def test_it_says_what_it_is(pc):
    guest: Guest = pc
    assert guest.spec == "qemu:pc"
    assert guest.version.startswith("QEMU ")
    assert guest.version.count(".") == 2
    assert guest.has_clock is False


def test_a_register_reads_back_what_was_written(pc):
    assert run(pc, "outb 0x70 0xf", "outb 0x71 0x5a", "inb 0x71") == [
        Observation(None),
        Observation(None),
        Observation(0x5A),
    ]


def test_memory_reads_back_what_was_written_in_every_width(pc):
    found = run(
        pc,
        "write 0x1000 0x8 0x0102030405060708",
        "read 0x1000 0x3",
        "readb 0x1000",
        "readw 0x1000",
        "readl 0x1000",
        "readq 0x1000",
        "memset 0x1000 0x4 0xff",
        "readq 0x1000",
    )
    assert [observation.answer for observation in found] == [
        None,
        b"\x01\x02\x03",
        0x01,
        0x0201,
        0x04030201,
        0x0807060504030201,
        None,
        0x08070605FFFFFFFF,
    ]


def test_a_value_survives_a_cycle_and_a_reset_alone_loses_it(pc):
    run(pc, "outb 0x21 0x5a")
    cycle(pc)
    assert run(pc, "inb 0x21") == [Observation(0x5A)]
    pc.reset()
    assert run(pc, "inb 0x21") == [Observation(0)]


def test_the_state_is_the_same_before_and_after_a_cycle(pc):
    run(pc, "outb 0x43 0x34", "outb 0x40 0x12", "outb 0x40 0x34", "outb 0x21 0x55")
    before = pc.state()
    cycle(pc)
    assert pc.state() == before


def test_reading_the_state_disturbs_nothing_and_its_length_is_stable(pc):
    states = [pc.state() for _ in range(10)]
    assert set(states) == {states[0]}
    assert len(states[0]) > 10_000
    run(pc, "outb 0x21 0x55")
    assert len(pc.state()) == len(states[0])
    assert pc.state() != states[0]


def test_snapshots_of_two_tags_are_kept_apart(pc):
    run(pc, "outb 0x21 0x11")
    pc.save("one")
    run(pc, "outb 0x21 0x22")
    pc.save("two")
    pc.load("one")
    assert run(pc, "inb 0x21") == [Observation(0x11)]
    pc.load("two")
    assert run(pc, "inb 0x21") == [Observation(0x22)]


def test_inspecting_names_the_field_that_was_written(pc):
    before = pc.inspect()
    pc.restart()
    run(pc, "outb 0x2 0x34", "outb 0x2 0x12")
    found = differences(before, pc.inspect())
    dma = {d.field.path: d for d in found if (d.field.section, d.field.instance_id) == ("dma", 0)}
    assert {"regs[1].base[0]", "regs[1].now[0]"} <= set(dma)
    assert dma["regs[1].base[0]"].seen.data == b"\x12\x34"
    assert {d.field.section for d in found} == {"dma"}


def test_every_byte_of_every_section_is_in_a_known_field(pc):
    fields = pc.inspect().fields
    assert not [field for field in fields if field.type == "?"]
    assert len({field.key for field in fields}) == len(fields)
    assert {"i8254", "mc146818rtc", "0000:00:01.3/piix4_pm"} <= {field.section for field in fields}


#: Allow the keyboard's interrupt, then put a byte into its output buffer.
KEY = ("outb 0x64 0x60", "outb 0x60 0x45", "outb 0x64 0xd2", "outb 0x60 0x55")


def test_interrupt_lines_are_seen_with_the_command_that_moved_them(pc):
    assert pc.levels() == {}
    found = run(pc, *KEY, "inb 0x60")
    assert [observation.moves for observation in found] == [
        (),
        (),
        (),
        (Move("ioapic[1]", 1),),
        (Move("ioapic[1]", 0),),
    ]
    assert found[4].answer == 0x55
    assert pc.levels() == {"ioapic[1]": 0}


def test_lines_that_a_reset_moves_are_charged_to_no_command(pc):
    run(pc, *KEY)
    assert pc.levels() == {"ioapic[1]": 1}
    pc.reset()
    assert run(pc, "inb 0x21") == [Observation(0)]
    assert pc.levels()["ioapic[1]"] == 0


def test_a_machine_without_an_interrupt_controller_that_we_know_has_no_lines():
    with QemuGuest(GuestOptions(machine="none")) as guest:
        assert guest.levels() == {}
        assert guest.map.regions == ()


@pytest.mark.parametrize(
    ("port", "section", "instance_id", "owner"),
    [
        (0x8, "dma", 0, "i8257"),
        (0xD0, "dma", 1, "i8257"),
        (0x20, "i8259", 0, "isa-i8259"),
        (0xA1, "i8259", 1, "isa-i8259"),
        (0x40, "i8254", 0, "isa-pit"),
        (0x71, "mc146818rtc", 0, "mc146818rtc"),
        (0xB100, "0000:00:01.3/piix4_pm", 0, "PIIX4_PM"),
        (0x1F0, "", 0, "unowned ide"),
    ],
)
def test_a_port_has_an_owner_with_its_section(shared, port, section, instance_id, owner):
    found = shared.map.register_at("io", port).owner
    assert (found.type, found.section, found.instance_id) == (owner, section, instance_id)


def test_the_map_has_no_hazards_in_it(shared):
    names = {region.name for region in shared.map.regions}
    assert {"dma-cont", "pic", "ioapic", "hpet"} <= names
    assert not names & {"vmport", "apic-msi", "piix3-reset-control"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("inl 0x5658", "vmport: "),
        ("outl 0xcf8 0x80000000", "piix3-reset-control: "),
        ("outb 0x92 0x1", "bit 0 of port 0x92"),
    ],
)
def test_a_hazardous_command_is_known_beforehand(shared, line, reason):
    assert shared.hazard(Command.parse(line)).startswith(reason)


def test_a_reset_that_the_guest_asks_for_is_an_incident_and_ours_is_none(pc):
    pc.reset()
    assert pc.incidents() == ()
    run(pc, "outb 0x92 0x1")
    pc.state()
    assert pc.incidents() == ("guest reset",)
    assert pc.incidents() == ()


def test_a_power_off_that_the_guest_asks_for_is_an_incident_and_not_a_death(pc):
    """PIIX4 PM: map the power management ports at 0x600, then sleep type 0 with SLP_EN."""
    run(
        pc,
        *("outl 0xcf8 0x80000b40", "outl 0xcfc 0x601"),
        *("outl 0xcf8 0x80000b80", "outb 0xcfc 0x1"),
        "outw 0x604 0x2000",
    )
    pc.state()
    assert pc.incidents() == ("shutdown",)


def test_a_refused_command_is_an_error_that_names_it(pc):
    with pytest.raises(QtestError, match=r"'clock_step 1' was answered .FAIL"):
        run(pc, "inb 0x21", "clock_step 1")
    assert len(run(pc, "inb 0x21")) == 1


def test_a_snapshot_that_is_not_there_can_not_be_loaded(pc):
    with pytest.raises(LoadError, match=r"could not load its own state: .*nothing"):
        pc.load("nothing")


@pytest.mark.parametrize("tag", ["", "two words", "a;b", "1"])
def test_a_tag_that_the_human_monitor_would_misread_is_refused(pc, tag):
    with pytest.raises(ValueError, match=f"snapshot tag '{tag}': expected letters"):
        pc.save(tag)
    with pytest.raises(ValueError, match="expected letters"):
        pc.load(tag)


def test_a_machine_that_can_not_be_saved_says_so_but_can_be_driven():
    options = GuestOptions(devices=("-device", "nvme,serial=x"))
    with QemuGuest(options) as guest:
        assert run(guest, "inb 0x21")[0].answer is not None
        assert guest.map.register_at("io", 0x8).owner.section == ""
        with pytest.raises(SaveError, match=r"could not save its state: .*nvme"):
            guest.save("c")
        with pytest.raises(SaveError, match="nvme"):
            guest.inspect()


def test_it_tells_what_was_started_and_what_is_watched(pc):
    assert pc.machine.name == "pc"
    assert pc.intercept == "/machine/i440fx/ioapic"
    assert pc.objects() == {}
    assert ("dma", 1) in pc.sections


def test_a_state_is_decoded_by_the_layout_that_was_seen_in_a_migration(pc):
    pc.restart()
    run(pc, "outb 0x21 0x5a")
    state = pc.state()
    inspected = pc.inspect()
    decoded = pc.decode(state)
    assert decoded is not None
    found = differences(decoded, inspected)
    assert {difference.field.section for difference in found} <= {"globalstate"}


def test_a_state_of_unknown_layout_is_not_decoded():
    with QemuGuest() as guest:
        assert guest.decode(guest.state()) is None


def test_another_machine_and_more_devices_work_too():
    options = GuestOptions(
        machine="q35", devices=("-device", "e1000,id=a", "-device", "e1000,addr=7"), memory_mb=16
    )
    with QemuGuest(options) as guest:
        assert guest.spec == "qemu:q35"
        run(guest, "outb 0x21 0x5a")
        cycle(guest)
        assert run(guest, "inb 0x21") == [Observation(0x5A)]
        assert not [field for field in guest.inspect().fields if field.type == "?"]


def test_a_restart_forgets_everything(pc):
    run(pc, "outb 0x21 0x5a", "outb 0x43 0x34")
    pc.save("c")
    pc.restart()
    assert run(pc, "inb 0x21") != [Observation(0x5A)]
    with pytest.raises(LoadError):
        pc.load("c")
    assert pc.levels() == {}
    assert pc.incidents() == ()


def test_a_guest_that_was_not_used_yet_need_not_be_started_again():
    with QemuGuest() as guest:
        first = guest._session.process.pid
        guest.restart()
        assert guest._session.process.pid == first
        for use in (lambda: run(guest, "inb 0x21"), guest.reset, guest.close):
            use()
            guest.restart()
            assert guest._session.process.pid != first
            first = guest._session.process.pid


@pytest.mark.parametrize("why", ["bare", "chance", "killed"])
def test_a_guest_that_was_not_used_yet_is_started_again_if_it_must_be_another(why):
    with QemuGuest() as guest:
        process = guest._session.process
        if why == "chance":
            guest.chance = 1
        elif why == "killed":
            os.kill(process.pid, signal.SIGKILL)
            assert process.status(within_s=5.0) is not None
        guest.restart(bare=why == "bare")
        assert guest._session.process.pid != process.pid
        assert len(run(guest, "inb 0x21")) == 1


RTC = ("mc146818rtc", 0)


def test_a_checkpoint_tells_how_the_state_is_laid_out():
    with QemuGuest() as guest:
        state = guest.state()
        assert guest.decode(state) is None
        assert guest.columns(state, [RTC]) is None
        guest.save("here")
        columns = guest.columns(state, ())
        decoded = guest.decode(state)
    assert decoded is not None
    assert columns == tuple(columns_of(decoded.fields))
    assert {(column.section, column.instance_id) for column in columns} > {RTC}


def test_a_checkpoint_without_footers_tells_it_as_well():
    # QEMU 7.2 hw/core/machine.c, hw_compat_2_3: machine types of before 2.4 leave them out.
    with QemuGuest(GuestOptions(machine="pc-i440fx-2.3")) as guest:
        guest.save("here")
        state = guest.state()
        columns = guest.columns(state, ())
        decoded = guest.decode(state)
        inspected = guest.inspect()
    assert decoded is not None
    assert columns == tuple(columns_of(decoded.fields))
    found = differences(decoded, inspected)
    assert {difference.field.section for difference in found} <= {"globalstate"}
    assert {(column.section, column.instance_id) for column in columns} > {RTC}


def test_columns_of_some_sections_show_what_was_written(pc):
    run(pc, "outb 0x70 0xf", "outb 0x71 0x5a")
    pc.save("here")
    columns = pc.columns(pc.state(), [RTC])
    assert {(column.section, column.instance_id) for column in columns} == {RTC}
    (cmos,) = (column for column in columns if column.path == "cmos_data")
    assert cmos.data[0xF] == 0x5A


def test_a_checkpoint_of_an_earlier_process_is_not_asked():
    # A layout that is not known by then stays so.
    with QemuGuest() as guest:
        guest.save("here")
        guest.restart()
        assert guest.columns(guest.state(), ()) is None


def test_a_checkpoint_whose_process_is_gone_is_not_asked_either():
    with QemuGuest() as guest:
        guest.save("here")
        state = guest.state()
    assert guest.columns(state, ()) is None


def test_a_state_that_no_checkpoint_explains_has_no_columns(pc):
    pc.save("here")
    assert pc.columns(b"QEVM\0\0\0\x03\x02", ()) is None


def test_what_was_plugged_in_is_told_with_registers_sections_and_drivers():
    options = GuestOptions(machine="q35", devices=("-device", "e1000,id=dut"))
    with QemuGuest(options) as guest:
        plugged = guest.plugged
        guest.save("here")
        columns = guest.columns(guest.state(), plugged.sections)
        promised = guest.promised(plugged.sections)
    assert (plugged.type, plugged.path) == ("e1000", "/machine/peripheral/dut")
    assert {region.name for region in plugged.regions} == {"e1000-io", "e1000-mmio", "config"}
    ((idstr, instance_id),) = plugged.sections
    assert (idstr, instance_id) == ("0000:00:01.0/e1000", 0)
    assert [work.name for work in plugged.works] == ["e1000"]
    # The binary names an array without brackets.
    keys = {(one.section, one.instance_id, one.path.replace("[]", "")) for one in columns}
    assert promised <= keys
    assert len(promised) > 50


def test_without_a_device_under_test_none_is_told(pc):
    assert pc.plugged is None


def test_a_device_is_told_apart_from_what_it_sits_on():
    hub = ("-device", "qemu-xhci,id=dut0")
    options = GuestOptions(machine="q35", devices=(*hub, "-device", "usb-tablet,id=dut,bus=dut0.0"))
    with QemuGuest(options) as guest:
        plugged = guest.plugged
    assert plugged.regions == ()
    assert [idstr.rpartition("/")[2] for idstr, _ in plugged.sections] == ["usb-ptr"]
    assert [work.name for work in plugged.works] == ["xhci"]


def test_a_checkpoint_that_can_not_be_read_teaches_nothing(monkeypatch):
    def unreadable(self, tag):
        raise StreamError("no footer")

    with QemuGuest() as guest:
        guest.save("tag")
        monkeypatch.setattr(Session, "snapshot", unreadable)
        assert guest.columns(guest.state(), ()) is None


def test_a_line_that_a_reset_moves_by_itself_is_not_watched():
    """The timer raises it at each reset, and the router of the PCI bus lowers it."""
    with QemuGuest(GuestOptions(machine="q35")) as guest:
        guest.reset()
        assert guest.levels() == {}
        session = Session(guest.machine, 10.0)
        try:
            session.exchange([f"irq_intercept_in {guest.intercept}"], "intercepting")
            session.reset("reset")
            [answer] = session.exchange(["endianness"], "looking")
        finally:
            session.close()
    assert answer.moves == ((0, 1),)


@pytest.mark.parametrize(
    ("machine", "devices", "loses"),
    [("pc", (), False), ("q35", (), False), ("q35", ("-device", "sdhci-pci"), True)],
)
def test_a_machine_goes_back_to_power_on_and_boots_again_if_a_device_loses_its_addresses(
    machine, devices, loses
):
    with QemuGuest(GuestOptions(machine=machine, devices=devices)) as guest:
        examiner = Examiner(guest, Masks())
        mapped = guest.mapping()
        examiner.examine(Trace.parse("cycle"))
        assert examiner.beginning.loses_boot is loses
        process = guest._session.process.pid
        assert examiner.examine(Trace.parse("inb 0x21")).difference is None
        assert guest._session.process.pid == process
        examiner.beginning.begin()
        assert guest.mapping() == mapped


def test_what_a_device_reports_in_a_load_that_goes_through_is_no_refusal():
    """A Sound Blaster that is told to go on before it has a rate tries to open a voice at -1 Hz."""
    devices = ("-audiodev", "none,id=a", "-device", "sb16,audiodev=a")
    with QemuGuest(GuestOptions(devices=devices)) as guest:
        run(guest, "outb 0x22c 0xd4", "outb 0x22c 0x40")
        cycle(guest)
        assert guest.incidents() == ()


def test_what_loading_blames_on_the_guest_is_an_incident(pc):
    with pc._session.process.log.open("a") as log:
        log.write(
            "VQ 2 size 0x100 Guest index 0x0 inconsistent with Host index 0x1: delta 0xffff\n"
        )
    assert pc.incidents() == ("the guest took back what it had given a virtio ring",)
    assert pc.incidents() == ()
