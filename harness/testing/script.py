"""The script: how a fake guest behaves.

Each register is one byte of a region of a device.  The script says which registers a
save forgets, which a reset leaves alone, which never answer alike, and what ends the
guest.  Values only; :mod:`harness.testing.fake_guest` plays it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.command import Command
from harness.errors import GuestError
from harness.guest import ReloadMode
from harness.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeRegister:
    """One byte at one I/O port.

    Attributes:
        address: the port.
        device: type of its device, which is the device's section too.
        region: name of its region; neighbours of one name form one region.
        value: what it holds at power-on and after a reset.
        is_saved: whether a field carries it.
        is_reset: whether a reset puts it back to *value*.
        is_readable: whether a read shows it; else a read shows 0.
        is_noisy: whether each read shows something else, as a host's clock does.
        counts_reads: whether each read adds one to it.
        shows: the address of another register that is read and written here instead.
        loads: the bits that loading takes over; the others become 0.
        enabled_by: the address of a register that must hold something for this one to be
            reached; None for none.
    """

    address: int
    device: str = "fake"
    region: str = "registers"
    value: int = 0
    is_saved: bool = True
    is_reset: bool = True
    is_readable: bool = True
    is_noisy: bool = False
    counts_reads: bool = False
    shows: int | None = None
    loads: int = 0xFF
    enabled_by: int | None = None

    @property
    def path(self) -> str:
        """The path of the field that carries it."""
        return f"r{self.address:x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How a fake guest behaves.

    Attributes:
        registers: what there is.
        lines: interrupt lines by name, with the addresses of the registers that must all
            hold something for it to be high.  A write to one of them drives the line, and
            so does a reset; loading drives none.
        has_clock: whether ``clock_step`` works.  It answers the time, which is saved.
        layout_is_known: whether states can be decoded before the first ``inspect``.
        shows_objects: whether live objects can be seen.
        incidents: what the guest does of its own accord when an address is written.
        errors: what ends it when an address is touched.
        accidents: what ends it when it has run so many commands since it was made; a
            restart does not set the count back, so that none comes twice.
        save_errors: what comes of saving while the register at an address is not 0.
        load_errors: what comes of loading a state in which it is not 0.
        hazards: addresses that must not be touched, with why.
        sections: sections that it saves besides those of its devices.
        boot: what every restart does, in groups, unless it is bare.
        plugged: the device that counts as plugged in to be tested; empty for none.
        works: what drivers can have that device do.
        reload_mode: whether a reload resets the registers or makes them anew.
    """

    registers: tuple[FakeRegister, ...]
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    has_clock: bool = False
    layout_is_known: bool = True
    shows_objects: bool = False
    incidents: Mapping[int, str] = field(default_factory=dict)
    errors: Mapping[int, GuestError] = field(default_factory=dict)
    accidents: Mapping[int, GuestError] = field(default_factory=dict)
    save_errors: Mapping[int, GuestError] = field(default_factory=dict)
    load_errors: Mapping[int, GuestError] = field(default_factory=dict)
    hazards: Mapping[int, str] = field(default_factory=dict)
    sections: tuple[tuple[str, int], ...] = ()
    boot: tuple[tuple[Command, ...], ...] = ()
    plugged: str = ""
    works: tuple[Work, ...] = ()
    reload_mode: ReloadMode = "in-place"
