"""The factory: from a guest's spec to the guest.

Heavy imports happen here, when a guest is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import get_args

from device_models import MACHINES
from harness.corpus.case import Case
from harness.corpus.reproducer import Launch
from harness.errors import ConfigError, LaunchError
from harness.guest import NO_TWINS, Guest, Loader, ReloadMode, Twins
from harness.guests.model import ModelGuest
from harness.guests.pairing import named_release, pairs, release_of
from harness.qemu import binaries
from harness.qemu.argv import CLOCKED, DEFAULT_ACCELERATOR, launch_arguments
from harness.qemu.cross import CrossGuest
from harness.qemu.discovery.board import startable
from harness.qemu.discovery.inquiry import NO_MACHINE, machine_types
from harness.qemu.discovery.plugs import find_plugs
from harness.qemu.found import has_qtest_accelerator
from harness.qemu.fresh import FreshGuest
from harness.qemu.guest import DEFAULT_DEADLINE_S, GuestOptions, QemuGuest

#: Machine types that are hunted by default on each target.  A 32-bit x86 has no device that
#: the 64-bit one lacks.
DEFAULT_MACHINES = {"x86_64": ("pc", "q35")}
_DEVICE = "device="
_RELOAD = "reload="
_TO = "to="
_MODES: tuple[ReloadMode, ...] = get_args(ReloadMode)
#: What asks for a clock that can be stepped.
_STEPPING = f"accel={CLOCKED}"
#: Seconds that one operation of such a guest may take: a second of virtual time is a million
#: interrupts of a timer that was set to the shortest period, and takes three seconds (11.1).
_STEPPING_DEADLINE_S = 3 * DEFAULT_DEADLINE_S
_REMEDY = (
    "use model:pc, qemu:pc, qemu:q35, qemu:MACHINE for any machine of the binary (qemu:* for"
    " each), or qemu:MACHINE,device=TYPE to plug a device in (device=* for each that there is);"
    " behind it reload=fresh to load the state in a new process each time, or reload=cross to"
    " load it in another release (two --vmstate-qemu, or to=VERSION); accel=qtest to step"
    " virtual time"
)
_SEE_MACHINES = "vmstate qemu machines lists those that there are"
_NONE = (
    "no qemu-system-* was found on PATH or in the cache; install QEMU (apt-get install "
    "qemu-system-x86), fetch it (vmstate qemu fetch debian:SUITE) or name a binary with "
    "--vmstate-qemu PATH"
)
_ONLY_OTHERS = (
    "only QEMUs for {} were found, and their machines are not hunted by default; "
    "name one with --vmstate-guest qemu:MACHINE"
)


@dataclass(frozen=True, slots=True)
class GuestSpec:
    """A guest that can be made.

    Attributes:
        kind: ``model`` or ``qemu``.
        machine: which machine.
        binary: the QEMU; None for models.
        name: the spec as it is shown; with the version where several QEMUs are used.
        deadline_s: seconds that one operation of a QEMU may take.
        device: type of the device that is plugged in to be tested; empty for none.
        arguments: what plugs it in.
        untested: why there is nothing to test; empty where there is.
        reload_mode: how its state comes back.
        is_of_many: whether the user named no machine but a pattern that this one matches.
        has_clock: whether a QEMU's virtual time can be stepped.
        loader: the other QEMU, which loads; None where it is the same.
    """

    kind: str
    machine: str
    binary: binaries.Binary | None
    name: str
    deadline_s: float = DEFAULT_DEADLINE_S
    device: str = ""
    arguments: tuple[str, ...] = ()
    untested: str = ""
    reload_mode: ReloadMode = "in-place"
    is_of_many: bool = False
    has_clock: bool = False
    loader: binaries.Binary | None = None

    @property
    def pace(self) -> str:
        """Under which kind a budget has its nominal rate."""
        return self.reload_mode if self.reload_mode != "in-place" else self.kind

    def make(self) -> Guest:
        """Return a new guest; a machine of a QEMU has what it says it needs to start.

        Raises:
            LaunchError: its process did not start.
        """
        if self.binary is None:
            return ModelGuest(self.machine)
        options = GuestOptions(
            machine=self.machine,
            binary=self.binary,
            devices=self.arguments,
            deadline_s=self.deadline_s,
            name=self.name,
            accelerator=CLOCKED if self.has_clock else DEFAULT_ACCELERATOR,
            has_clock=self.has_clock,
        )
        try:
            return self._made(options)
        except LaunchError:
            found = startable(self.binary.path, self.machine)
        return self._made(
            replace(
                options,
                needs=found.devices,
                memory_mb=found.memory_mb,
                accelerator=CLOCKED if self.has_clock else found.accelerator,
                # A new process is sent all there is.
                keeps_memory=found.keeps_memory and self.reload_mode == "in-place",
            )
        )

    def twins(self) -> Twins:
        """Return what makes other guests like this one; nothing for models and two releases."""
        if self.binary is None or self.loader is not None:
            return NO_TWINS
        fresh = replace(self, reload_mode="fresh")

        def loader() -> Loader:
            guest = fresh.make()
            assert isinstance(guest, FreshGuest)  # as a QEMU is that reloads so
            return guest

        return Twins(loader, None if self.has_clock else replace(self, has_clock=True).make)

    def _made(self, options: GuestOptions) -> QemuGuest:
        if self.loader is not None:
            return CrossGuest(options, self.loader)
        return FreshGuest(options) if self.reload_mode == "fresh" else QemuGuest(options)

    def launch(self, guest: Guest) -> Launch | None:
        """Return how a reproducer starts *guest*; None for models, which need this package."""
        if self.binary is None or not isinstance(guest, QemuGuest):
            return None
        return Launch(
            self.binary.path.name,
            launch_arguments(guest.machine),
            guest.intercept,
            guest.has_clock,
            guest.watched if isinstance(guest, CrossGuest) else "",
        )

    def identity(self, guest: Guest) -> tuple[str, ...]:
        """Return all that makes *guest* what it is; empty for models, of which nothing is kept.

        A binary that has been rebuilt in place is another one.
        """
        if self.binary is None or not isinstance(guest, QemuGuest):
            return ()
        path = self.binary.path.resolve()
        changed_ns = path.stat().st_mtime_ns
        return (str(path), str(changed_ns), guest.version, *launch_arguments(guest.machine))


@dataclass(frozen=True, slots=True)
class Guests:
    """The guests of a campaign.

    Attributes:
        specs: those that can be made.
        missing: those that can't, with why and the remedy.
    """

    specs: tuple[GuestSpec, ...]
    missing: dict[str, str]


def find_guests(wanted: tuple[str, ...], paths: tuple[Path, ...]) -> Guests:
    """Return the guests that the user wants, or every guest there is if none is named.

    Args:
        wanted: specs; none for all that are hunted by default.
        paths: binaries, as :func:`harness.qemu.binaries.named` takes them; none for those
            that are there.

    Raises:
        ConfigError: a spec is unknown, a named binary is none, or a wanted QEMU is missing.
    """
    named = tuple(binaries.named(path) for path in paths)
    if wanted:
        specs = [spec for text in wanted for spec in _parse(text, named)]
        return Guests(tuple(specs), {})
    specs = [GuestSpec("model", machine, None, f"model:{machine}") for machine in MACHINES]
    hunted = tuple(binary for binary in named if binary.target in DEFAULT_MACHINES)
    if not named:
        hunted = tuple(binaries.default_for(DEFAULT_MACHINES))
    missing: dict[str, str] = {}
    if not hunted:
        targets = ", ".join(sorted({binary.target for binary in named or binaries.find()}))
        missing["qemu"] = _ONLY_OTHERS.format(targets) if targets else _NONE
    for binary in hunted:
        specs += [
            _qemu_spec(machine, binary, hunted) for machine in DEFAULT_MACHINES[binary.target]
        ]
    return Guests(tuple(specs), missing)


def spec_of_case(case: Case, paths: tuple[Path, ...]) -> GuestSpec:
    """Return the guest that *case* was found on; nothing is found out anew.

    Raises:
        ConfigError: its spec is unknown, or the QEMU is missing.
    """
    spec, *_ = find_guests((case.guest.partition("@")[0].partition(",")[0],), paths).specs
    _, *extras = case.guest.partition("@")[0].split(",")
    if _STEPPING in extras:
        spec = _stepping(spec)
    spec = replace(spec, name=case.guest, arguments=case.arguments, reload_mode=case.reload_mode)
    return _between(spec, case, paths) if case.loaded_by and spec.binary else spec


def _between(spec: GuestSpec, case: Case, paths: tuple[Path, ...]) -> GuestSpec:
    """Return *spec* with the two releases of *case*, or with others that were named.

    Of those at *paths* each has the part that the case gives to its release; two of which one has
    none have theirs in the order in which they are named, and one alone is to load.
    """
    among = tuple(binaries.named(path) for path in paths)
    releases = [words.rpartition(" ")[2] for words in (case.found_with, case.loaded_by)]
    if len(among) > 1 and not {*releases} <= {release_of(one) for one in among}:
        saver, loader = among[:2]
    else:
        target = among[0].target if among else binaries.find_one().target
        saver, loader = (named_release(target, release, among) for release in releases)
        if among and among[0] not in (saver, loader):
            loader = among[0]
    pairs((saver,), spec.machine, loader)
    return replace(spec, binary=saver, loader=loader)


def _qemu_spec(
    machine: str, binary: binaries.Binary, among: tuple[binaries.Binary, ...]
) -> GuestSpec:
    alone = sum(other.target == binary.target for other in among) == 1
    version = ".".join(map(str, binary.version))
    name = f"qemu:{machine}" if alone else f"qemu:{machine}@{version}"
    return GuestSpec("qemu", machine, binary, name)


def _parse(text: str, named: tuple[binaries.Binary, ...]) -> list[GuestSpec]:
    kind, _, rest = text.partition(":")
    machine, *extras = rest.split(",")
    if kind == "model" and rest in MACHINES:
        return [GuestSpec("model", machine, None, text)]
    devices = [extra.removeprefix(_DEVICE) for extra in extras if extra.startswith(_DEVICE)]
    modes = [mode for mode in _MODES for extra in extras if extra == f"{_RELOAD}{mode}"]
    to = [extra.removeprefix(_TO) for extra in extras if extra.startswith(_TO)]
    stepping = extras.count(_STEPPING)
    is_whole = len(devices) + len(modes) + len(to) + stepping == len(extras)
    is_whole = is_whole and len(modes) <= 1 and stepping <= (modes != ["cross"])
    is_whole = is_whole and (not to or (len(to) == 1 and modes == ["cross"]))
    if kind == "qemu" and machine and is_whole and all((*devices, *to)):
        among = named or (binaries.find_one(),)
        if modes == ["cross"]:
            crossed = pairs(among, machine, *to)
            return [
                _crossing(spec, loader)
                for saver, loader in crossed
                for spec in _plugged(_qemu_spec(machine, saver, among), devices)
            ]
        bare = [spec for binary in among for spec in _machines(machine, binary, among)]
        if not bare:
            raise ConfigError(f"--vmstate-guest {text!r} matches no machine type", _SEE_MACHINES)
        if stepping:
            bare = [_stepping(spec) for spec in bare]
        plugged = [spec for one in bare for spec in _plugged(one, devices)]
        return [_reloading(spec, *modes) for spec in plugged]
    raise ConfigError(f"--vmstate-guest {text!r} is no guest", _REMEDY)


def _machines(
    wanted: str, binary: binaries.Binary, among: tuple[binaries.Binary, ...]
) -> list[GuestSpec]:
    """Return the machine that is *wanted*, or all that match it if it is a pattern."""
    if "*" not in wanted:
        return [_qemu_spec(wanted, binary, among)]
    return [
        replace(_qemu_spec(one.name, binary, among), is_of_many=True)
        for one in machine_types(binary.path)
        if one.name != NO_MACHINE and fnmatchcase(one.name, wanted)
    ]


def _plugged(bare: GuestSpec, devices: list[str]) -> list[GuestSpec]:
    """Return *bare* itself, or a guest for each device that is to be plugged into it."""
    if not devices or bare.binary is None:
        return [bare]
    machine, at, version = bare.name.partition("@")
    try:
        board = startable(bare.binary.path, bare.machine)
    except LaunchError:
        if not bare.is_of_many:
            raise
        # It is told as a machine that could not be tested.
        return [bare]
    return [
        replace(
            bare,
            name=f"{machine},{_DEVICE}{plug.name}{at}{version}",
            device=plug.name,
            arguments=plug.arguments,
            untested=plug.untested,
        )
        for plug in find_plugs(board, devices)
    ]


def _stepping(spec: GuestSpec) -> GuestSpec:
    """Return *spec* with a clock that can be stepped.

    Raises:
        ConfigError: its binary has no accelerator that allows it.
    """
    if spec.binary is not None and not has_qtest_accelerator(spec.binary.path):
        raise ConfigError(
            f"--vmstate-guest {spec.name},{_STEPPING}: {spec.binary.path} does not have the"
            f" accelerator {CLOCKED}",
            f"leave {_STEPPING} out, or name a QEMU that has it with --vmstate-qemu"
            " (vmstate qemu list says which do; vmstate qemu fetch brings more)",
        )
    return replace(_named_with(spec, _STEPPING), has_clock=True, deadline_s=_STEPPING_DEADLINE_S)


def _named_with(spec: GuestSpec, extra: str) -> GuestSpec:
    machine, at, version = spec.name.partition("@")
    return replace(spec, name=f"{machine},{extra}{at}{version}")


def _reloading(spec: GuestSpec, mode: ReloadMode = "in-place") -> GuestSpec:
    if mode == "in-place":
        return spec
    return replace(_named_with(spec, f"{_RELOAD}{mode}"), reload_mode=mode)


def _crossing(spec: GuestSpec, loader: binaries.Binary) -> GuestSpec:
    """Return *spec* as it is when *loader* loads what it saved."""
    spec = replace(_reloading(spec, "cross"), loader=loader)
    machine, at, version = spec.name.partition("@")
    spec = replace(spec, name=f"{machine},{_TO}{release_of(loader)}{at}{version}")
    if spec.device and not spec.untested:
        try:
            (theirs,) = find_plugs(startable(loader.path, spec.machine), [spec.device])
        except ConfigError:
            return replace(spec, untested=f"QEMU {release_of(loader)} has no such device")
        if theirs.untested:
            return replace(spec, untested=f"QEMU {release_of(loader)}: {theirs.untested}")
    return spec


def check_guest(spec: GuestSpec) -> Guest:
    """Return a guest of *spec* that the user named.

    Raises:
        ConfigError: QEMU refuses the machine; carries what it said.
        GuestError: it died or hung while it was looked at, or is one of many; nothing that the
            user named is wrong.
    """
    try:
        return spec.make()
    except LaunchError as err:
        if err.was_killed or spec.is_of_many:
            raise
        raise ConfigError(
            f"--vmstate-guest {spec.name} does not start: {err.log_tail.strip() or err}",
            f"see {' '.join(err.argv[:1])} -M help for the machines of this binary",
        ) from err
