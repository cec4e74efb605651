"""The fake guest behaves as its script says."""

import pytest

from harness.command import Command
from harness.errors import DeadlineError, DiedError, LoadError, QtestError, SaveError
from harness.fields import Column, LiveObject, columns_of
from harness.guest import Plugged
from harness.observation import Move, Observation
from harness.regions import Owner, Region, Register
from harness.testing import FakeGuest, FakeRegister, Script
from harness.work import Work


def run(guest, *lines):
    return guest.execute([Command.parse(line) for line in lines])


def answer(guest, line):
    return run(guest, line)[0].answer


def make(*registers, **script):
    return FakeGuest(Script(registers=registers, **script))


def cycle(guest):
    guest.save("c")
    guest.reset()
    guest.load("c")


def test_a_saved_register_survives_a_cycle():
    guest = make(FakeRegister(address=1, value=3))
    run(guest, "outb 0x1 0x7")
    cycle(guest)
    assert answer(guest, "inb 0x1") == 7


def test_a_forgotten_register_comes_back_with_its_reset_value():
    guest = make(FakeRegister(address=1, value=3, is_saved=False))
    run(guest, "outb 0x1 0x7")
    cycle(guest)
    assert answer(guest, "inb 0x1") == 3


def test_what_a_reset_leaves_alone_hides_that_it_is_not_saved():
    guest = make(FakeRegister(address=1, is_saved=False, is_reset=False))
    run(guest, "outb 0x1 0x7")
    cycle(guest)
    assert answer(guest, "inb 0x1") == 7


def test_wide_accesses_reach_neighbours_and_the_open_bus():
    guest = make(FakeRegister(address=1), FakeRegister(address=2))
    run(guest, "outw 0x1 0x1234", "outb 0x3 0x1")
    assert answer(guest, "inl 0x1") == 0xFFFF1234


def test_a_write_only_register_reads_as_nothing():
    guest = make(FakeRegister(address=1, is_readable=False))
    run(guest, "outb 0x1 0x7")
    assert answer(guest, "inb 0x1") == 0
    assert guest.inspect().by_key()["fake", 0, "r1"].data == b"\x07"


def test_a_noisy_register_never_answers_alike():
    guest = make(FakeRegister(address=1, is_noisy=True))
    assert answer(guest, "inb 0x1") != answer(guest, "inb 0x1")


def test_an_alias_shows_another_register_both_ways():
    guest = make(FakeRegister(address=1), FakeRegister(address=9, shows=1))
    run(guest, "outb 0x9 0x7")
    assert answer(guest, "inb 0x1") == answer(guest, "inb 0x9") == 7
    assert [field.path for field in guest.inspect().fields] == ["now_ns", "r1"]


def test_loading_may_take_over_some_bits_only():
    guest = make(FakeRegister(address=1, loads=0x0F))
    run(guest, "outb 0x1 0x77")
    cycle(guest)
    assert answer(guest, "inb 0x1") == 0x07


def test_a_line_is_high_while_all_its_registers_hold_something():
    guest = make(FakeRegister(address=1), FakeRegister(address=2), lines={"irq": (1, 2)})
    seen = run(guest, "outb 0x1 0x1", "outb 0x2 0x8", "outb 0x1 0x3", "outb 0x2 0x0")
    assert [observation.moves for observation in seen] == [
        (),
        (Move("irq", 1),),
        (),
        (Move("irq", 0),),
    ]


def test_a_reset_drives_a_line_and_a_load_does_not():
    guest = make(FakeRegister(address=1), lines={"irq": (1,)})
    run(guest, "outb 0x1 0x1")
    assert guest.levels() == {"irq": 1}
    cycle(guest)
    assert guest.levels() == {"irq": 0}
    assert run(guest, "inb 0x1") == [Observation(1)]


def test_the_clock_is_saved():
    guest = make(FakeRegister(address=1), has_clock=True)
    assert answer(guest, "clock_step 5") == 5
    guest.save("c")
    assert answer(guest, "clock_step 5") == 10
    guest.load("c")
    assert answer(guest, "clock_step 1") == 6


def test_without_a_clock_there_is_no_step():
    with pytest.raises(QtestError, match="FAIL not a command of this machine"):
        run(make(FakeRegister(address=1)), "clock_step 5")


def test_its_regions_are_runs_of_one_device_and_name():
    guest = make(
        FakeRegister(address=1),
        FakeRegister(address=2),
        FakeRegister(address=3, region="other"),
        FakeRegister(address=4, region="other", device="b"),
        FakeRegister(address=9),
    )
    regions = [(region.start, region.size, region.name) for region in guest.map.regions]
    assert regions == [(1, 2, "registers"), (3, 1, "other"), (4, 1, "other"), (9, 1, "registers")]
    owner = Owner("fake", "/machine/fake", "fake")
    assert guest.map.register_at("io", 2) == Register(owner, "registers", 1)
    assert guest.sections == (("fake", 0), ("b", 0))


def test_incidents_are_told_once():
    guest = make(FakeRegister(address=1), incidents={1: "guest reset"})
    run(guest, "inb 0x1")
    assert guest.incidents() == ()
    run(guest, "outb 0x1 0x0")
    assert guest.incidents() == ("guest reset",)
    assert guest.incidents() == ()


def test_an_error_ends_it_until_it_is_started_again():
    guest = make(FakeRegister(address=1), errors={1: DiedError(1, "a test", "")})
    with pytest.raises(DiedError, match="exit status 1 during a test"):
        run(guest, "inb 0x1")
    for use in (lambda: run(guest, "inb 0x2"), guest.levels, guest.incidents):
        with pytest.raises(RuntimeError, match=r"used after an error .*only restart and close"):
            use()
    guest.restart()
    assert answer(guest, "inb 0x2") == 0xFF
    assert guest.restarts == 1


def test_an_accident_comes_once():
    guest = make(FakeRegister(address=1), accidents={2: DeadlineError(1, "a test")})
    run(guest, "inb 0x1")
    with pytest.raises(DeadlineError):
        run(guest, "inb 0x1")
    guest.restart()
    assert answer(guest, "inb 0x1") == 0
    assert guest.log == [Command("inb", (1,))] * 3


def test_saving_fails_over_a_value():
    guest = make(FakeRegister(address=1), save_errors={1: SaveError("too much")})
    guest.save("c")
    run(guest, "outb 0x1 0x1")
    with pytest.raises(SaveError, match="too much"):
        guest.save("c")
    assert guest.incidents() == ()


def test_loading_fails_over_a_value():
    guest = make(FakeRegister(address=1), load_errors={1: LoadError("too much")})
    run(guest, "outb 0x1 0x1")
    guest.save("c")
    guest.reset()
    with pytest.raises(LoadError, match="too much"):
        guest.load("c")


def test_what_was_never_saved_can_not_be_loaded():
    with pytest.raises(LoadError, match="nothing was saved as 'x'"):
        make(FakeRegister(address=1)).load("x")


def test_a_layout_may_be_unknown_until_it_is_inspected():
    guest = make(FakeRegister(address=1), layout_is_known=False)
    assert guest.decode(guest.state()) is None
    inspected = guest.inspect()
    guest.restart()
    assert guest.decode(guest.state()) == inspected


def test_its_objects_can_be_seen_if_the_script_says_so():
    registers = (
        FakeRegister(address=1, value=5),
        FakeRegister(address=2, shows=1),
        FakeRegister(address=3, is_saved=False),
    )
    assert make(*registers).objects() == {}
    assert make(*registers, shows_objects=True).objects() == {
        ("fake", 0): LiveObject({"r1": 5, "r3": 0}, frozenset({"r1"}))
    }


def test_hazards_are_told_for_every_byte():
    guest = make(FakeRegister(address=1), hazards={2: "ends it"})
    assert guest.hazard(Command("inb", (1,))) is None
    assert guest.hazard(Command("inw", (1,))) == "ends it"
    assert guest.hazard(Command("clock_step", (1,))) is None


def test_it_may_have_sections_that_no_register_shows():
    assert make(FakeRegister(address=1), sections=(("ram", 0),)).sections == (
        ("fake", 0),
        ("ram", 0),
    )


BOOT = (
    (Command("outb", (1, 1)), Command("outb", (2, 0))),
    (Command("outw", (3, 0x0201)),),
)
BOOTED = (
    FakeRegister(address=1),
    FakeRegister(address=2, value=7),
    FakeRegister(address=3),
    FakeRegister(address=4),
    FakeRegister(address=5, value=9, enabled_by=1),
)


def test_every_start_boots_it_and_nobody_is_told():
    guest = make(*BOOTED, boot=BOOT)
    assert guest.boot == BOOT
    assert [answer(guest, f"inb {port}") for port in (1, 2, 3, 4, 5)] == [1, 0, 1, 2, 9]
    assert [command.verb for command in guest.log] == ["inb"] * 5
    run(guest, "outb 4 0")
    guest.restart()
    assert answer(guest, "inb 4") == 2


def test_a_bare_restart_leaves_the_boot_out():
    guest = make(*BOOTED, boot=BOOT)
    guest.restart(bare=True)
    assert [answer(guest, f"inb {port}") for port in (1, 2, 3, 4)] == [0, 7, 0, 0]
    guest.execute([command for group in guest.boot for command in group])
    assert [answer(guest, f"inb {port}") for port in (1, 2, 3, 4)] == [1, 0, 1, 2]


def test_a_register_that_is_not_enabled_is_neither_read_nor_written():
    guest = make(*BOOTED)
    run(guest, "outb 5 3")
    assert answer(guest, "inb 5") == 0xFF
    run(guest, "outb 1 1")
    assert answer(guest, "inb 5") == 9
    run(guest, "outb 5 3")
    assert answer(guest, "inb 5") == 3


def test_a_device_may_count_as_plugged_in():
    work = Work("shift", (), lambda data: ())
    guest = make(
        FakeRegister(address=1),
        FakeRegister(address=9, device="card"),
        plugged="card",
        works=(work,),
    )
    owner = Owner("card", "/machine/card", "card")
    assert guest.plugged == Plugged(
        "card", owner.path, (Region("io", 9, 1, "registers", 0, owner),), (("card", 0),), (work,)
    )
    assert make(FakeRegister(address=1)).plugged is None


def test_columns_are_the_fields_of_the_sections_that_are_wanted():
    guest = make(
        FakeRegister(address=1, value=3),
        FakeRegister(address=9, value=4, device="card"),
        layout_is_known=False,
    )
    state = guest.state()
    assert guest.columns(state, ()) is None
    fields = guest.inspect().fields
    assert guest.columns(state, ()) == tuple(columns_of(fields))
    assert guest.columns(state, [("card", 0)]) == (Column("card", 0, "r9", "uint8", b"\x04"),)
