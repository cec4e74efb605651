"""The factory: which guests there are, and what can't be had."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.corpus.case import case_from_finding
from harness.errors import ConfigError, LaunchError
from harness.guest import Twins
from harness.guests import factory, pairing
from harness.guests.factory import GuestSpec, check_guest, find_guests, spec_of_case
from harness.guests.model import ModelGuest
from harness.qemu.argv import Machine
from harness.qemu.binaries import Binary, find_one
from harness.qemu.discovery.inquiry import MachineType
from harness.qemu.discovery.plugs import Plug
from harness.qemu.found import has_qtest_accelerator
from harness.qemu.guest import GuestOptions
from tests.support.findings import make_finding


def binary(target="x86_64", version=(7, 2, 22)):
    path = Path(f"/usr/bin/qemu-system-{target}")
    return Binary(path, version, target, ".".join(map(str, version)))


@pytest.fixture
def installed(monkeypatch):
    """Replace what is found, which is no business of these tests."""

    def install(*found):
        monkeypatch.setattr(factory.binaries, "find", lambda: found)
        monkeypatch.setattr(factory.binaries, "find_one", lambda: found[0])
        monkeypatch.setattr(
            factory.binaries,
            "default_for",
            lambda targets: [binary for binary in found if binary.target in targets],
        )
        monkeypatch.setattr(
            factory.binaries, "named", lambda path: next(b for b in found if b.path == path)
        )

    return install


def names(guests):
    return [spec.name for spec in guests.specs]


def test_by_default_the_model_and_every_qemu_are_hunted(installed):
    installed(binary())
    guests = find_guests((), ())
    assert names(guests) == ["model:pc", "qemu:pc", "qemu:q35"]
    assert guests.missing == {}


def test_without_a_qemu_the_model_is_left_and_the_remedy_is_told(installed):
    installed()
    guests = find_guests((), ())
    assert names(guests) == ["model:pc"]
    assert "apt-get install qemu-system-x86" in guests.missing["qemu"]


def test_a_qemu_of_another_architecture_is_told_as_missing(installed):
    installed(binary("aarch64"))
    guests = find_guests((), ())
    assert names(guests) == ["model:pc"]
    assert "only QEMUs for aarch64 were found" in guests.missing["qemu"]
    assert "--vmstate-guest qemu:MACHINE" in guests.missing["qemu"]


def test_two_releases_are_told_apart_by_version(installed):
    old, new = binary(), Binary(Path("/opt/q"), (10, 0, 2), "x86_64", "10.0.2")
    installed(old, new)
    guests = find_guests(("qemu:pc",), (old.path, new.path))
    assert names(guests) == ["qemu:pc@7.2.22", "qemu:pc@10.0.2"]
    assert [spec.binary for spec in guests.specs] == [old, new]


def test_named_binaries_replace_those_on_the_path(installed):
    installed(binary())
    assert names(find_guests((), (binary().path,))) == ["model:pc", "qemu:pc", "qemu:q35"]


def test_only_what_is_wanted_is_made(installed):
    installed(binary())
    assert names(find_guests(("model:pc",), ())) == ["model:pc"]
    assert names(find_guests(("qemu:microvm", "model:pc"), ())) == ["qemu:microvm", "model:pc"]


@pytest.mark.parametrize("spec", ["pc", "model:", "model:z80", "qemu:", "kvm:pc", ""])
def test_an_unknown_guest_is_refused(spec):
    with pytest.raises(ConfigError) as info:
        find_guests((spec,), ())
    assert str(info.value) == (
        f"--vmstate-guest {spec!r} is no guest\n"
        "  use model:pc, qemu:pc, qemu:q35, qemu:MACHINE for any machine of the binary (qemu:* for"
        " each), or qemu:MACHINE,device=TYPE to plug a device in (device=* for each that there is);"
        " behind it reload=fresh to load the state in a new process each time, or reload=cross to"
        " load it in another release (two --vmstate-qemu, or to=VERSION); accel=qtest to step"
        " virtual time"
    )


def test_a_model_is_made_and_needs_no_launch():
    spec = GuestSpec("model", "pc", None, "model:pc")
    with check_guest(spec) as guest:
        assert isinstance(guest, ModelGuest)
        assert spec.launch(guest) is None


def test_a_model_has_no_identity():
    spec = GuestSpec("model", "pc", None, "model:pc")
    with spec.make() as guest:
        assert spec.identity(guest) == ()


@pytest.mark.qemu
def test_what_makes_a_machine_what_it_is(tmp_path):
    path = tmp_path / "qemu-system-x86_64"
    path.symlink_to(find_one().path)
    found = replace(find_one(), path=path)
    spec = GuestSpec("qemu", "none", found, "qemu:none")
    with spec.make() as guest:
        target, changed, version, *arguments = spec.identity(guest)
    assert target == str(find_one().path.resolve())
    assert int(changed) == path.stat().st_mtime_ns
    assert version == guest.version
    assert arguments[:2] == ["-M", "none"]


def test_a_machine_that_does_not_start_is_the_users_error(monkeypatch):
    def refuse(options):
        assert options.machine == "nonsense"
        raise LaunchError(["qemu", "-M", "nonsense"], 1, "unsupported machine type\n")

    def give_up(path, name):
        raise LaunchError(["qemu", "-M", name], None, "unsupported machine type\n")

    monkeypatch.setattr(factory, "QemuGuest", refuse)
    monkeypatch.setattr(factory, "startable", give_up)
    spec = GuestSpec("qemu", "nonsense", binary(), "qemu:nonsense")
    with pytest.raises(ConfigError) as info:
        check_guest(spec)
    assert str(info.value) == (
        "--vmstate-guest qemu:nonsense does not start: unsupported machine type\n"
        "  see qemu -M help for the machines of this binary"
    )


def test_a_machine_that_is_killed_is_not_the_users_error(monkeypatch):
    def killed(options):
        raise LaunchError(["qemu"], -9, "")

    monkeypatch.setattr(factory, "QemuGuest", killed)
    monkeypatch.setattr(factory, "startable", Machine)
    with pytest.raises(LaunchError, match="exit status -9"):
        check_guest(GuestSpec("qemu", "pc", binary(), "qemu:pc"))


def test_a_machine_that_needs_something_gets_it(monkeypatch):
    made = []

    def picky(options):
        made.append(options)
        if options.memory_mb != 64:
            raise LaunchError(["qemu"], 1, "RAM must be 64 MiB\n")
        return "a guest"

    needed = Machine(binary().path, "picky", ("-audio", "driver=none"), 64, "qtest")
    monkeypatch.setattr(factory, "QemuGuest", picky)
    monkeypatch.setattr(factory, "startable", lambda path, name: needed)
    spec = GuestSpec("qemu", "picky", binary(), "qemu:picky", 3.0, arguments=("-device", "nic"))
    assert check_guest(spec) == "a guest"
    assert made[1] == GuestOptions(
        machine="picky",
        binary=binary(),
        devices=("-device", "nic"),
        needs=("-audio", "driver=none"),
        memory_mb=64,
        accelerator="qtest",
        deadline_s=3.0,
        name="qemu:picky",
    )


@pytest.mark.parametrize(
    ("mode", "kind", "kept"), [("in-place", "QemuGuest", True), ("fresh", "FreshGuest", False)]
)
def test_the_memory_of_a_large_board_is_kept_unless_it_must_be_sent(monkeypatch, mode, kind, kept):
    def large(options):
        if options.memory_mb != 1024:
            raise LaunchError(["qemu"], 1, "RAM must be 1 GiB\n")
        return options.keeps_memory

    needed = Machine(binary().path, "large", memory_mb=1024, keeps_memory=True)
    monkeypatch.setattr(factory, kind, large)
    monkeypatch.setattr(factory, "startable", lambda path, name: needed)
    spec = GuestSpec("qemu", "large", binary(), "qemu:large", reload_mode=mode)
    assert spec.make() is kept


@pytest.mark.qemu
def test_a_qemu_is_made_with_its_deadline_and_knows_its_launch():
    (spec,) = find_guests(("qemu:pc",), ()).specs
    with spec.make() as guest:
        launch = spec.launch(guest)
    assert guest.spec == "qemu:pc"
    assert launch.binary == spec.binary.path.name
    assert "-M" in launch.arguments
    assert launch.intercept.startswith("/machine/")


@pytest.mark.qemu
def test_a_fetched_qemu_is_hunted_by_default_only_if_path_has_none(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    there = find_guests((), ()).specs[1].binary
    for suite in ("old", "new"):
        wrapper = tmp_path / f"pytest-vmstate/qemu/debian-{suite}/tree/bin/qemu-system-x86_64"
        wrapper.parent.mkdir(parents=True)
        wrapper.symlink_to(there.path)
    assert names(find_guests((), ())) == ["model:pc", "qemu:pc", "qemu:q35"]
    assert find_guests((), ()).specs[1].binary == there
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_guests((), ())
    assert names(found) == ["model:pc", "qemu:pc", "qemu:q35"]
    assert found.missing == {}
    assert found.specs[1].binary.path.is_relative_to(tmp_path)
    assert names(find_guests(("qemu:pc",), (Path("debian:old"), there.path))) == [
        "qemu:pc@7.2.22",
        "qemu:pc@7.2.22",
    ]


NIC = Plug(name="e1000", arguments=("-device", "e1000,id=dut"), state="described")
STUCK = Plug(name="stuck", arguments=("-device", "stuck,id=dut"), state="x", untested="can't be")


@pytest.fixture
def plugs(monkeypatch):
    """Replace what is found out about devices; return what was asked for."""
    asked = []

    def find(machine, patterns):
        asked.append((machine, tuple(patterns)))
        return [plug for plug in (NIC, STUCK) if plug.name in patterns or "*" in patterns]

    monkeypatch.setattr(factory, "find_plugs", find)
    monkeypatch.setattr(factory, "startable", Machine)
    return asked


@pytest.fixture
def types(monkeypatch):
    """Replace what is found out about machines."""
    there = ("isapc", "none", "pc-i440fx-7.1", "pc-i440fx-7.2")
    monkeypatch.setattr(
        factory, "machine_types", lambda path: [MachineType(name) for name in there]
    )


@pytest.mark.parametrize(
    ("pattern", "machines"),
    [
        ("*", ["isapc", "pc-i440fx-7.1", "pc-i440fx-7.2"]),
        ("pc-*", ["pc-i440fx-7.1", "pc-i440fx-7.2"]),
    ],
)
def test_there_is_a_guest_for_each_machine_that_matches(installed, types, pattern, machines):
    installed(binary())
    specs = find_guests((f"qemu:{pattern},reload=fresh",), ()).specs
    assert [spec.machine for spec in specs] == machines
    assert [spec.name for spec in specs] == [f"qemu:{one},reload=fresh" for one in machines]
    assert all(spec.is_of_many for spec in specs)


def test_a_pattern_that_matches_no_machine_is_refused(installed, types):
    installed(binary())
    with pytest.raises(ConfigError) as info:
        find_guests(("qemu:q*",), ())
    assert str(info.value) == (
        "--vmstate-guest 'qemu:q*' matches no machine type\n"
        "  vmstate qemu machines lists those that there are"
    )


@pytest.mark.parametrize("is_of_many", [True, False])
def test_one_machine_of_many_may_not_start(monkeypatch, installed, types, is_of_many):
    def give_up(path, name):
        raise LaunchError(["qemu", "-M", name], 1, "unsupported machine type\n")

    def refuse(options):
        give_up("", options.machine)

    monkeypatch.setattr(factory, "QemuGuest", refuse)
    monkeypatch.setattr(factory, "startable", give_up)
    installed(binary())
    wanted = "isa*" if is_of_many else "isapc"
    (spec,) = find_guests((f"qemu:{wanted}",), ()).specs
    with pytest.raises(LaunchError if is_of_many else ConfigError):
        check_guest(spec)
    text = f"qemu:{wanted},device=e1000"
    if is_of_many:
        assert find_guests((text,), ()).specs == (spec,)
    else:
        with pytest.raises(LaunchError):
            find_guests((text,), ())


def test_a_device_is_plugged_into_a_machine_of_its_own(installed, plugs):
    installed(binary())
    (spec,) = find_guests(("qemu:q35,device=e1000",), ()).specs
    assert spec == GuestSpec(
        kind="qemu",
        machine="q35",
        binary=binary(),
        name="qemu:q35,device=e1000",
        device="e1000",
        arguments=("-device", "e1000,id=dut"),
        untested="",
    )
    assert plugs == [(Machine(binary().path, "q35"), ("e1000",))]


def test_there_is_a_guest_for_each_device_that_matches(installed, plugs):
    installed(binary())
    found = find_guests(("qemu:pc,device=*", "qemu:pc,device=e1000,device=stuck"), ()).specs
    assert [spec.name for spec in found] == ["qemu:pc,device=e1000", "qemu:pc,device=stuck"] * 2
    assert [spec.untested for spec in found] == ["", "can't be"] * 2
    assert [patterns for _, patterns in plugs] == [("*",), ("e1000", "stuck")]


def test_the_release_stands_behind_the_device(installed, plugs):
    old, new = binary(), Binary(Path("/opt/q"), (10, 0, 2), "x86_64", "10.0.2")
    installed(old, new)
    found = find_guests(("qemu:pc,device=e1000",), (old.path, new.path)).specs
    assert [(spec.name, spec.binary) for spec in found] == [
        ("qemu:pc,device=e1000@7.2.22", old),
        ("qemu:pc,device=e1000@10.0.2", new),
    ]


@pytest.mark.parametrize(
    ("text", "name", "mode"),
    [
        ("qemu:pc,reload=fresh", "qemu:pc,reload=fresh", "fresh"),
        ("qemu:pc,reload=in-place", "qemu:pc", "in-place"),
        ("qemu:pc,device=e1000,reload=fresh", "qemu:pc,device=e1000,reload=fresh", "fresh"),
        ("qemu:pc,reload=fresh,device=e1000", "qemu:pc,device=e1000,reload=fresh", "fresh"),
    ],
)
def test_how_the_state_comes_back_stands_behind_the_device(installed, plugs, text, name, mode):
    installed(binary())
    (spec,) = find_guests((text,), ()).specs
    assert (spec.name, spec.reload_mode, spec.machine) == (name, mode, "pc")
    assert spec.pace == ("fresh" if mode == "fresh" else "qemu")


def test_the_release_stands_behind_how_the_state_comes_back(installed):
    old, new = binary(), Binary(Path("/opt/q"), (10, 0, 2), "x86_64", "10.0.2")
    installed(old, new)
    found = find_guests(("qemu:pc,reload=fresh",), (old.path, new.path))
    assert names(found) == ["qemu:pc,reload=fresh@7.2.22", "qemu:pc,reload=fresh@10.0.2"]


def test_a_guest_is_made_as_its_state_comes_back(monkeypatch):
    made = []
    monkeypatch.setattr(factory, "FreshGuest", made.append)
    name = "qemu:pc,reload=fresh@7.2.22"
    GuestSpec("qemu", "pc", binary(), name, reload_mode="fresh").make()
    (options,) = made
    assert (options.machine, options.name) == ("pc", name)


@pytest.mark.qemu
def test_of_a_qemu_there_is_one_of_which_states_can_be_tried_and_one_that_runs():
    twins = GuestSpec("qemu", "pc", find_one(), "qemu:pc").twins()
    with twins.loader() as guest:
        guest.save("a")
        assert guest.refusal(guest.snapshot("a")) == ""
        assert guest.refusal(b"no stream") != ""
    if has_qtest_accelerator(find_one().path):
        with twins.running() as guest:
            assert guest.has_clock
    else:
        with pytest.raises(LaunchError, match="accelerator qtest"):
            twins.running()


def test_a_model_takes_no_streams_and_of_two_releases_each_has_its_own():
    assert GuestSpec("model", "pc", None, "model:pc").twins() == Twins()
    assert GuestSpec("qemu", "pc", binary(), "qemu:pc", loader=binary()).twins() == Twins()


@pytest.mark.qemu
def test_one_that_runs_has_no_other_that_does():
    assert GuestSpec("qemu", "pc", find_one(), "qemu:pc", has_clock=True).twins().running is None


OLD, NEW = binary(), Binary(Path("/opt/q"), (11, 1, 3), "x86_64", "11.1.3")
NEXT = Binary(Path("/opt/next"), (12, 0, 0), "x86_64", "12.0.0")
CROSS = "qemu:pc-i440fx-7.2,reload=cross"


@pytest.fixture
def releases(installed, monkeypatch):
    """Two releases that have a machine type in common."""
    installed(OLD, NEW)
    monkeypatch.setattr(pairing, "find", lambda: [OLD, NEW])
    common = (MachineType("pc-i440fx-7.2"), MachineType("pc"), MachineType("isapc"))
    monkeypatch.setattr(pairing, "machine_types", lambda path: common)


def ways(guests):
    return [(spec.name, spec.binary, spec.loader) for spec in guests.specs]


@pytest.mark.usefixtures("releases")
def test_of_two_releases_each_loads_what_the_other_saved():
    guests = find_guests((CROSS,), (OLD.path, NEW.path))
    assert ways(guests) == [
        (f"{CROSS},to=11.1.3@7.2.22", OLD, NEW),
        (f"{CROSS},to=7.2.22@11.1.3", NEW, OLD),
    ]
    assert {spec.pace for spec in guests.specs} == {"cross"}
    assert {spec.reload_mode for spec in guests.specs} == {"cross"}


@pytest.mark.usefixtures("releases")
def test_the_release_that_loads_may_be_named_by_its_version():
    assert ways(find_guests((f"{CROSS},to=11.1",), ())) == [(f"{CROSS},to=11.1.3", OLD, NEW)]
    # Which may be the same one.
    assert ways(find_guests((f"{CROSS},to=7.2.22",), ())) == [(f"{CROSS},to=7.2.22", OLD, OLD)]


@pytest.mark.usefixtures("releases")
def test_a_device_that_the_other_release_lacks_is_not_tested(monkeypatch):
    def of(machine, patterns):
        if machine == NEW.path and patterns == ["e1000"]:
            raise ConfigError("there is no device 'e1000'", "")
        untested = "it hangs" if machine == NEW.path and patterns == ["edu"] else ""
        return (Plug(name=patterns[0], arguments=(), state="", untested=untested),)

    monkeypatch.setattr(factory, "find_plugs", of)
    monkeypatch.setattr(factory, "startable", lambda path, name: path)
    told = {
        device: find_guests((f"{CROSS},device={device},to=11.1.3",), ()).specs[0].untested
        for device in ("e1000", "edu", "rtl8139")
    }
    assert told == {
        "e1000": "QEMU 11.1.3 has no such device",
        "edu": "QEMU 11.1.3: it hangs",
        "rtl8139": "",
    }


def test_a_crossing_guest_is_made_of_both_releases(monkeypatch):
    monkeypatch.setattr(factory, "CrossGuest", lambda options, loader: (options.binary, loader))
    spec = GuestSpec("qemu", "pc-i440fx-7.2", OLD, CROSS, reload_mode="cross", loader=NEW)
    assert spec.make() == (OLD, NEW)


@pytest.mark.usefixtures("releases")
@pytest.mark.parametrize("paths", [(), (OLD.path, NEW.path), (NEW.path, OLD.path)])
def test_a_case_of_two_releases_is_replayed_on_both_in_their_places(paths):
    changes = {"guest": f"{CROSS},to=7.2.22@11.1.3", "version": "QEMU 11.1.3"}
    finding = make_finding(**changes, loaded_by="QEMU 7.2.22", reload_mode="cross")
    spec = spec_of_case(case_from_finding(finding), paths)
    assert (spec.name, spec.binary, spec.loader) == (finding.guest, NEW, OLD)


@pytest.mark.usefixtures("releases")
@pytest.mark.parametrize(
    ("named", "expected"),
    [((NEXT,), (NEW, NEXT)), ((NEXT, OLD), (NEXT, OLD)), ((NEW,), (NEW, OLD))],
)
def test_a_case_of_two_releases_is_replayed_on_others_that_are_named(installed, named, expected):
    installed(OLD, NEW, NEXT)
    changes = {"guest": f"{CROSS},to=7.2.22@11.1.3", "version": "QEMU 11.1.3"}
    finding = make_finding(**changes, loaded_by="QEMU 7.2.22", reload_mode="cross")
    paths = tuple(one.path for one in named)
    spec = spec_of_case(case_from_finding(finding), paths)
    assert (spec.binary, spec.loader) == expected


def test_a_case_is_replayed_as_it_was_found(installed, plugs):
    installed(binary())
    finding = make_finding(guest="qemu:q35,device=e1000,reload=fresh", reload_mode="fresh")
    spec = spec_of_case(case_from_finding(finding), ())
    assert (spec.name, spec.machine, spec.reload_mode) == (finding.guest, "q35", "fresh")
    assert plugs == []


@pytest.mark.parametrize(
    "spec",
    [
        "qemu:pc,reload=",
        "qemu:pc,reload=often",
        "qemu:pc,reload=fresh,reload=fresh",
        "qemu:pc,reload=fresh,reload=in-place",
        "qemu:pc-i440fx-7.2,to=11.1.3",
        "qemu:pc-i440fx-7.2,reload=fresh,to=11.1.3",
        "qemu:pc-i440fx-7.2,reload=cross,to=",
        "qemu:pc-i440fx-7.2,reload=cross,to=7.2,to=11.1.3",
        "model:pc,reload=fresh",
        "qemu:pc,device=",
        "qemu:pc,e1000",
        "qemu:pc,device=e1000,memory=4",
        "qemu:,device=e1000",
        "model:pc,device=e1000",
    ],
)
def test_what_is_no_device_is_refused(installed, plugs, spec):
    installed(binary())
    with pytest.raises(ConfigError) as info:
        find_guests((spec,), ())
    assert info.value.what == f"--vmstate-guest {spec!r} is no guest"
    assert "qemu:MACHINE,device=TYPE" in info.value.remedy
    assert plugs == []


def test_a_guest_is_made_with_what_is_plugged_in(monkeypatch):
    made = []
    monkeypatch.setattr(factory, "QemuGuest", made.append)
    spec = GuestSpec("qemu", "q35", binary(), "qemu:q35,device=e1000", arguments=NIC.arguments)
    spec.make()
    (options,) = made
    assert (options.machine, options.devices) == ("q35", ("-device", "e1000,id=dut"))
    assert options.name == "qemu:q35,device=e1000"


def case_of(guest, arguments=()):
    finding = make_finding(guest=guest, arguments=arguments)
    return case_from_finding(finding)


@pytest.mark.parametrize(
    "guest", ["qemu:q35,device=e1000", "qemu:q35,device=e1000@10.0.2", "qemu:q35,device=gone"]
)
def test_a_case_brings_its_device_itself(installed, plugs, guest):
    installed(binary())
    spec = spec_of_case(case_of(guest, NIC.arguments), ())
    assert (spec.kind, spec.machine, spec.binary) == ("qemu", "q35", binary())
    assert (spec.name, spec.arguments) == (guest, NIC.arguments)
    assert plugs == []


def test_a_case_without_a_device_has_no_arguments(installed):
    installed(binary())
    assert spec_of_case(case_of("qemu:pc"), ()) == GuestSpec("qemu", "pc", binary(), "qemu:pc")
    assert spec_of_case(case_of("model:pc"), ()) == GuestSpec("model", "pc", None, "model:pc")


def test_a_case_of_a_guest_that_nobody_knows_is_refused():
    with pytest.raises(ConfigError, match="'kvm:pc' is no guest"):
        spec_of_case(case_of("kvm:pc,device=e1000@9"), ())


@pytest.fixture
def stepping(monkeypatch):
    """A QEMU that has the accelerator qtest."""
    monkeypatch.setattr(factory, "has_qtest_accelerator", lambda path: True)


def test_virtual_time_is_stepped_where_it_is_asked_for(installed, stepping):
    installed(binary())
    guests = find_guests(("qemu:q35,accel=qtest,reload=fresh", "qemu:pc"), ())
    assert names(guests) == ["qemu:q35,accel=qtest,reload=fresh", "qemu:pc"]
    assert [spec.has_clock for spec in guests.specs] == [True, False]
    assert [spec.deadline_s for spec in guests.specs] == [30, 10]
    assert [spec.reload_mode for spec in guests.specs] == ["fresh", "in-place"]


def test_a_plugged_device_sees_time_too(installed, stepping, monkeypatch):
    installed(binary())
    monkeypatch.setattr(factory, "startable", Machine)
    plug = Plug(name="e1000", arguments=("-device", "e1000,id=dut"), state="described")
    monkeypatch.setattr(factory, "find_plugs", lambda machine, wanted: [plug])
    [spec] = find_guests(("qemu:q35,device=e1000,accel=qtest",), ()).specs
    assert (spec.name, spec.has_clock) == ("qemu:q35,accel=qtest,device=e1000", True)
    assert spec.arguments == plug.arguments


@pytest.mark.parametrize("extra", ["accel=tcg", "accel=", "accel=qtest,accel=qtest"])
def test_no_other_accelerator_can_be_asked_for(installed, stepping, extra):
    installed(binary())
    with pytest.raises(ConfigError, match="is no guest"):
        find_guests((f"qemu:pc,{extra}",), ())


def test_a_qemu_without_the_accelerator_is_refused(installed, monkeypatch):
    installed(binary())
    monkeypatch.setattr(factory, "has_qtest_accelerator", lambda path: False)
    with pytest.raises(ConfigError) as info:
        find_guests(("qemu:pc,accel=qtest",), ())
    assert str(info.value) == (
        "--vmstate-guest qemu:pc,accel=qtest: /usr/bin/qemu-system-x86_64 does not have the"
        " accelerator qtest\n"
        "  leave accel=qtest out, or name a QEMU that has it with --vmstate-qemu"
        " (vmstate qemu list says which do; vmstate qemu fetch brings more)"
    )


def test_a_case_says_by_its_guest_that_time_is_stepped(installed, stepping):
    installed(binary())
    guest = "qemu:pc,accel=qtest,device=e1000@7.2.22"
    arguments = ("-device", "e1000,id=dut")
    case = case_from_finding(make_finding(guest=guest, arguments=arguments))
    spec = spec_of_case(case, ())
    assert (spec.name, spec.has_clock, spec.arguments) == (guest, True, arguments)


@pytest.mark.parametrize("starts", [True, False], ids=["at once", "with what it needs"])
def test_a_guest_with_a_clock_has_the_accelerator_for_it(monkeypatch, starts):
    def picky(options):
        if not starts and options.memory_mb != 64:
            raise LaunchError(["qemu"], 1, "RAM must be 64 MiB\n")
        return options

    monkeypatch.setattr(factory, "QemuGuest", picky)
    monkeypatch.setattr(factory, "startable", lambda path, name: Machine(path, name, (), 64))
    made = GuestSpec("qemu", "pc", binary(), "qemu:pc,accel=qtest", has_clock=True).make()
    assert (made.accelerator, made.has_clock) == ("qtest", True)
