"""A real QEMU whose state another release loads.

Owns who loads what: each reload gives the state to a process of the release that did not save
it, so that a second one brings it back.  What is told of the guest's state is always in the
form of its own release: where the other one has it, it is given back first, to a process that
does nothing else.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from harness.command import Command
from harness.errors import LoadError, SaveError
from harness.fields import DeviceState
from harness.guest import Crossing, Guest, ReloadMode
from harness.qemu.binaries import Binary
from harness.qemu.fresh import FreshGuest, Standing, loaded
from harness.qemu.guest import GuestOptions, QemuGuest
from harness.qemu.incoming import Incoming
from harness.qemu.pool import Pool
from harness.qemu.session import Session
from harness.qemu.survey import survey
from vmstate.errors import StreamError

#: Under what a process of the other release saves what is told of its state.
_TOLD = "vmstate_told"


class CrossGuest(FreshGuest):
    """A machine in a process of one release, and of another after a reload.

    It begins with the release of its options; :meth:`load` and :meth:`rewind` go back to the
    process that saved.
    """

    reload_mode: ReloadMode = "cross"

    def __init__(self, options: GuestOptions, loader: Binary) -> None:
        """Start the machine.

        Args:
            options: the machine, and the release that it begins with.
            loader: the release that loads what that one saved.

        Raises:
            LaunchError: one of the two refused its command line or ended before it answered.
        """
        super().__init__(options)
        self._options = options
        self._loader = loader
        self._refusals: list[str] = []
        self._twins: tuple[QemuGuest, ...] = ()
        #: Processes of either release, by whether it is the other one.
        machines = {False: self.machine, True: replace(self.machine, binary=loader.path)}
        releases = {False: self._release, True: loader.version[:2]}
        self._pools = {
            is_foreign: Pool(machine, self._deadline_s, releases[is_foreign], size=1)
            for is_foreign, machine in machines.items()
        }
        try:
            theirs = survey(machines[True], self._deadline_s)
        except BaseException:
            self.close()
            raise
        #: Which device's lines are watched in either.
        self._watched = {False: self.intercept, True: theirs.intercept}
        restless = self._survey.restless | theirs.restless
        self._survey = replace(self._survey, restless=restless)

    @property
    def crossing(self) -> Crossing:
        """Itself."""
        return self

    @property
    def loader(self) -> str:
        """What loads, e.g. ``QEMU 11.1.3``."""
        return f"QEMU {'.'.join(map(str, self._loader.version))}"

    @property
    def watched(self) -> str:
        """QOM path of the device whose interrupt inputs are watched where it is loaded."""
        return self._watched[True]

    def refusals(self) -> tuple[str, ...]:
        """Return, once, why states were not taken back."""
        refusals, self._refusals = tuple(self._refusals), []
        return refusals

    def uninterrupted(self) -> tuple[Guest, ...]:
        """Return a guest of each release that is never reloaded; started when first wanted."""
        if not self._twins:
            # One at a time: where the second does not start, the first is closed all the same.
            self._twins = (QemuGuest(self._options),)
            theirs = replace(self._options, binary=self._loader)
            self._twins += (_Abroad(theirs, self),)
        return self._twins

    def save(self, tag: str) -> None:
        """Save all device state under *tag*; see :meth:`QemuGuest.save`."""
        super().save(tag)
        if self._here.is_foreign:
            # It describes itself as the other release does.
            self._tag = ""

    def _fill(self) -> None:
        for pool in self._pools.values():
            pool.fill()

    def _successor(self, saver: Standing, tag: str, data: bytes) -> Standing:  # noqa: ARG002 (base)
        is_foreign = not saver.is_foreign
        session = self._pools[is_foreign].take()
        self._intercept(session, self._watched[is_foreign])
        loaded(session, data)
        return Standing(session, is_foreign=is_foreign)

    def state(self) -> bytes:
        """Return the device state as of now, as the guest's own release would save it.

        Raises:
            SaveError: the other release could not save it.
            DiedError: a process ended.
            DeadlineError: one did not answer in time.
        """
        return self.told(self._session) if self._here.is_foreign else super().state()

    def told(self, session: Session) -> bytes:
        """Return what the guest's own release makes of the state of *session*, of the other one.

        Empty where it refuses it.

        Raises:
            SaveError: the state could not be saved.
            DiedError: a process ended.
            DeadlineError: one did not answer in time.
        """
        try:
            back = self._back(session)
        except LoadError as error:
            self._refusals.append(f"{self.version} does not take it back: {error}")
            return b""
        try:
            state = back.device_stream("reading the state")
            if self._layouts.decode(state) is None:
                self._layouts.inspected(_saved(back))
            return state
        finally:
            back.close()

    def _back(self, session: Session) -> Incoming:
        """Return a process of the guest's own release that has loaded the state of *session*."""
        data = _saved(session)
        back = self._pools[False].take()
        loaded(back, data)
        return back

    def decode(self, state: bytes) -> DeviceState | None:
        """Return *state* field by field; None if a section in it has no known layout.

        That of a checkpoint is read from the checkpoint itself: releases have some field
        otherwise in every state, and to inspect each one takes a process of its own.
        """
        found = super().decode(state)
        if found is None:
            for tag, saver in self._savers.items():
                if not saver.is_foreign:
                    with suppress(StreamError):
                        self._layouts.learn(saver.session.snapshot(tag))
            found = super().decode(state)
        return found

    def inspect(self) -> DeviceState:
        """Return the device state as of now, field by field, as :meth:`state` tells it.

        Raises:
            SaveError: it could not be saved.
            LoadError: the guest's own release does not take it back.
            UnreadableError: QEMU wrote a stream that can't be read.
            DiedError: a process ended.
            DeadlineError: one did not answer in time.
        """
        if not self._here.is_foreign:
            data = _saved(self._session)
        else:
            back = self._back(self._session)
            try:
                data = _saved(back)
            finally:
                back.close()
        return self._layouts.inspected(data)

    def close(self) -> None:
        """End all processes and remove their files; safe to call twice."""
        for pool in self._pools.values():
            pool.close()
        while self._twins:
            *left, last = self._twins
            self._twins = tuple(left)
            last.close()
        super().close()


class _Abroad(QemuGuest):
    """The machine of *crossing* in the other release, from beginning to end."""

    def __init__(self, options: GuestOptions, crossing: CrossGuest) -> None:
        self._crossing = crossing
        super().__init__(options)

    @property
    def boot(self) -> tuple[tuple[Command, ...], ...]:
        """What is done on the guest: registers must be where its traces look for them."""
        return self._crossing.boot

    def state(self) -> bytes:
        """Return the device state as of now, in the form of the other's own release."""
        return self._crossing.told(self._session)


def _saved(session: Session) -> bytes:
    """Return the state of *session* as one stream, with its self-description.

    Raises:
        SaveError: QEMU said why it could not save it.
    """
    complaint = session.save(_TOLD)
    if complaint:
        raise SaveError(complaint)
    return session.snapshot_bytes(_TOLD)
