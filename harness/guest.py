"""The Guest protocol: what the engine asks of a machine under test.

The engine knows nothing else about a guest; ``harness.guests`` and ``harness.qemu`` hold
those that obey it, and ``harness.testing.conformance`` the test that each must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from harness.command import Command
from harness.fields import Column, DeviceState, LiveObject
from harness.observation import Observation
from harness.regions import Region, RegionMap
from harness.work import Work

#: How the state comes back: in the same process, after a reset; in a new process, which
#: nothing but the state has ever touched; or in a new process of another release.
ReloadMode = Literal["in-place", "fresh", "cross"]


@dataclass(frozen=True, slots=True)
class Plugged:
    """A device that was plugged in to be tested.

    Attributes:
        type: its QOM type.
        path: its QOM path.
        regions: its registers; those of what was plugged in for it to sit on where it has none
            and no driver reaches it.
        sections: name (idstr) and instance id of the sections that carry its state.
        works: what drivers can have it do.
        memory: reads of the memory that the drivers' requests work on.
    """

    type: str
    path: str
    regions: tuple[Region, ...]
    sections: tuple[tuple[str, int], ...]
    works: tuple[Work, ...]
    memory: tuple[Command, ...] = ()

    @property
    def is_seen_elsewhere(self) -> bool:
        """Whether its registers are another's: of a controller, which sends a drive's state."""
        return bool(self.regions) and all(one.owner.path != self.path for one in self.regions)


class Crossing(Protocol):
    """What is asked of a guest whose state another release loads."""

    @property
    def loader(self) -> str:
        """What loads what the guest saved, in the words of its ``version``."""

    def uninterrupted(self) -> tuple[Guest, ...]:
        """Return a guest of each release, on which a trace can be run without any reload.

        They are the crossing guest's, which closes them, and begin as it does.  What their
        ``state`` returns is in the form of its own; empty where it refuses it.

        Raises:
            GuestError: one did not start.
        """

    def refusals(self) -> tuple[str, ...]:
        """Return, once, why states were not taken back by the release that they came from."""


class Guest(Protocol):
    """A stopped machine that takes qtest commands and can be saved, reset and loaded.

    A guest is a context manager: leaving it ends every process and removes every file
    that it made.  After any :class:`~harness.errors.GuestError` the only calls allowed
    are :meth:`restart` and :meth:`close`; and :meth:`incidents` after a SaveError or a
    LoadError, which its process survives.
    """

    #: The guest's spec, e.g. ``qemu:pc``.
    spec: str
    #: What a QEMU is given beside the machine type; empty for others.
    arguments: tuple[str, ...]
    #: What runs, for people and for cases, e.g. ``QEMU 7.2.22`` or ``pytest-vmstate 0.1.0``.
    version: str
    #: Whether :meth:`restart` costs no more than a reset and a load.
    restarts_quickly: bool
    #: Which of several series of random numbers the next start draws from; 0 unless it is set.
    #: What two starts of one series give is the same, whatever it is.
    chance: int
    #: What :meth:`reload` does.
    reload_mode: ReloadMode
    #: Whether it knows the command ``spoil``: of what is under a tag, :meth:`reload` then loads
    #: what the spoils say that came before it was saved, and after the save before that.
    can_spoil: bool

    @property
    def crossing(self) -> Crossing | None:
        """What there is to ask where another release loads the state; None where none does."""

    @property
    def boot(self) -> tuple[tuple[Command, ...], ...]:
        """What a firmware does on it, in groups that only make sense whole; often nothing.

        Every restart does it, so that the registers of :attr:`map` are where it says.
        """

    @property
    def map(self) -> RegionMap:
        """Its registers and their owners, as of power-on."""

    @property
    def has_clock(self) -> bool:
        """Whether ``clock_step`` moves its virtual clock; else that clock stands still."""

    def execute(self, commands: Sequence[Command]) -> list[Observation]:
        """Run *commands* in order; return one observation for each.

        Interrupt lines that moved between the previous call and this one (during a reset
        or a load) are dropped, not charged to the first command.

        Raises:
            GuestError: it died, hung or refused a command.
        """

    def levels(self) -> dict[str, int]:
        """Return the level that each observed interrupt line was last seen at; low if absent."""

    def follow(self, commands: Sequence[Command]) -> tuple[dict[str, int], Sequence[Observation]]:
        """Return what :meth:`levels` returns, and then :meth:`execute` of *commands*, in one go.

        Raises:
            GuestError: it died, hung or refused a command.
        """

    def mapping(self) -> str:
        """Return where registers are as of now, as text of any form, to be compared.

        Raises:
            GuestError: it died or hung.
        """

    def save(self, tag: str) -> None:
        """Save all device state under *tag*, replacing what was there.

        Raises:
            SaveError: it could not.
        """

    def reset(self) -> None:
        """Reset all devices, as the machine's reset line does."""

    def load(self, tag: str) -> None:
        """Load what was saved under *tag*.

        Raises:
            LoadError: it refused its own state.
        """

    def reload(self, tag: str) -> None:
        """Bring back what was saved under *tag*, the way that :attr:`reload_mode` says.

        Raises:
            LoadError: it refused its own state.
            SpoilError: it has no such field as was to be spoilt.
        """

    def rewind(self, tag: str) -> None:
        """Reset all devices and load what was saved under *tag*.

        May return before that is done; the next call then waits for it, and raises
        LoadError if the guest refused its own state.
        """

    def state(self) -> bytes:
        """Return the device state as of now, as the bytes that the guest itself would save.

        Equal bytes mean equal state; the guest is not disturbed.  Where another release has
        loaded it, it is what the guest's own release makes of it once it has it back; empty
        where that refuses it.

        Raises:
            SaveError: it could not.
        """

    def inspect(self) -> DeviceState:
        """Return the device state as of now, field by field.

        The guest may be unusable afterwards until :meth:`restart`.
        """

    @property
    def plugged(self) -> Plugged | None:
        """The device that was plugged into the machine to be tested; None if none was."""

    def promised(self, sections: Collection[tuple[str, int]]) -> frozenset[tuple[str, int, str]]:
        """Return the leaf fields that descriptions send whatever the state is.

        Section, instance id and path without indices of each; none where nobody says.

        Args:
            sections: name and instance id of those that are wanted; empty for all.
        """

    def columns(self, state: bytes, only: Collection[tuple[str, int]]) -> tuple[Column, ...] | None:
        """Return the fields of some sections in what :meth:`state` returned.

        Args:
            state: what it returned.
            only: name and instance id of the sections that are wanted; empty for all.

        None as for :meth:`decode`, which takes longer.
        """

    def decode(self, state: bytes) -> DeviceState | None:
        """Return what :meth:`state` returned, field by field.

        None if the guest does not know the layout of some section in it; after an
        :meth:`inspect` in that very state it does.
        """

    def objects(self) -> dict[tuple[str, int], LiveObject]:
        """Return what can be seen of the live object behind each section.

        By name (idstr) and instance id; empty for guests whose objects can't be seen.
        """

    def hazard(self, command: Command) -> str | None:
        """Return why *command* must not be sent, or None if it may be.

        Hazards are accesses that end the guest or make it reset itself: not migration
        bugs, and in the way of finding them.
        """

    @property
    def sections(self) -> tuple[tuple[str, int], ...]:
        """Name (idstr) and instance id of every section in its stream at power-on."""

    def incidents(self) -> tuple[str, ...]:
        """Return, once, what the guest did of its own accord since the last call.

        E.g. ``guest reset`` or ``shutdown``: after one, observations mean nothing.  Whatever
        was asked for before the latest save, reset or load is in it.
        """

    def restart(self, *, bare: bool = False) -> None:
        """Start again from nothing: power-on state, no memory of anything before.

        Args:
            bare: leave :attr:`boot` out, because whoever asks brings what is needed of it.
        """

    def close(self) -> None:
        """End it; safe to call twice."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class Loader(Guest, Protocol):
    """A guest whose states can be taken out as streams, changed and tried."""

    def snapshot(self, tag: str) -> bytes:
        """Return what was saved under *tag*.

        Raises:
            LoadError: nothing was.
        """

    def refusal(self, data: bytes) -> str:
        """Return what comes of loading *data* with nothing done before; empty if it is loaded.

        The guest itself is as it was.

        Raises:
            LaunchError: a process for it did not start.
        """


@dataclass(frozen=True, slots=True)
class Twins:
    """Other guests like one, each made when it is wanted.

    Attributes:
        loader: one whose states can be tried; None where none can be made.
        running: one that runs between two commands, where the guest itself stands still; None
            where none can be made, or the guest runs.
    """

    loader: Callable[[], Loader] | None = None
    running: Callable[[], Guest] | None = None


#: Where no other guest can be made.
NO_TWINS = Twins()
