"""A real QEMU whose state comes back in a new process.

Owns which process stands for the guest, and the way of a checkpoint from one to the next:
``savevm`` leaves it in the image of the process that saved, from there it is read and given
to one that waits (``-incoming defer``) and that nothing else has ever touched.  The process
that saved lives on, for run A was its, and for the next trace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harness.command import Command
from harness.errors import DeadlineError, DiedError, LoadError
from harness.guest import ReloadMode
from harness.observation import Observation
from harness.qemu.decode import device_state
from harness.qemu.guest import GuestOptions, QemuGuest
from harness.qemu.image import checked_tag
from harness.qemu.incoming import Incoming
from harness.qemu.pool import Pool
from harness.qemu.session import Session
from harness.streams.spoiling import Spoils, changes_of, spoilt


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A process that has stood for the guest.

    Attributes:
        session: the process.
        levels: what each observed line of it was last seen at.
        is_foreign: whether it is of another release than the one that the guest began with.
    """

    session: Session
    levels: dict[str, int] = field(default_factory=dict)
    is_foreign: bool = False


class FreshGuest(QemuGuest):
    """A machine in a QEMU process of its own, and another after each reload.

    :meth:`load` and :meth:`rewind` go back to the process that saved.
    """

    reload_mode: ReloadMode = "fresh"
    can_spoil = True

    def __init__(self, options: GuestOptions | None = None) -> None:
        """Start the machine.

        Raises:
            ConfigError: no binary was named and there is none on PATH.
            LaunchError: QEMU refused its command line or ended before it answered.
        """
        super().__init__(options)
        self._home = self._here = Standing(self._session, self._levels)
        #: Who saved what is under a tag.
        self._savers: dict[str, Standing] = {}
        #: All processes that have stood for the guest and are still of use.
        self._standing = [self._home]
        #: What the guest did of its own accord in processes that it has left.
        self._past_incidents: list[str] = []
        self._pool = Pool(self.machine, self._deadline_s, self._release)
        #: What is done to a snapshot's bytes on their way to the process that loads them.
        self.on_the_way: Callable[[bytes], bytes] = bytes
        self._spoils = Spoils()

    def follow(self, commands: Sequence[Command]) -> tuple[dict[str, int], Sequence[Observation]]:
        """Run *commands*, as :meth:`QemuGuest.follow`; what is spoilt is kept in mind."""
        sent = self._spoils.heard(commands)
        if sent is commands:
            return super().follow(commands)
        levels, seen = super().follow(sent)
        return levels, self._spoils.answered(commands, seen)

    def save(self, tag: str) -> None:
        """Save all device state under *tag*; see :meth:`QemuGuest.save`."""
        # They start while run A takes its course.
        self._fill()
        super().save(tag)
        self._savers[tag] = self._here
        self._spoils.saved(tag)
        self._end_unused()

    def load(self, tag: str) -> None:
        """Load what was saved under *tag*, in place, in the process that saved it."""
        self._go_to_saver(tag)
        super().load(tag)

    def rewind(self, tag: str) -> None:
        """Reset all devices of the process that saved *tag* and load it there."""
        self._go_to_saver(tag)
        super().rewind(tag)

    def reload(self, tag: str) -> None:
        """Load what was saved under *tag* in a new process, which stands for the guest then.

        Raises:
            LoadError: QEMU said why it could not.
            SpoilError: there is no such field as was to be spoilt.
            LaunchError: the new process did not start.
            DiedError: the new process ended.
            DeadlineError: it did not answer in time.
        """
        self._past_incidents += self._incidents_here()
        data = self.on_the_way(self.snapshot(tag))
        if spoils := self._spoils.of(tag):
            data = spoilt(data, changes_of(device_state(data).fields, spoils))
        new = self._successor(self._savers[tag], tag, data)
        self._standing.append(new)
        self._go(new)

    def snapshot(self, tag: str) -> bytes:
        """Return what was saved under *tag*, as a stream.

        Raises:
            LoadError: nothing was.
        """
        return self._saver(checked_tag(tag)).snapshot_bytes(tag)

    def refusal(self, data: bytes) -> str:
        """Return what comes of loading *data* in a process made for it; empty if it is loaded.

        The guest itself is as it was.

        Raises:
            LaunchError: the process did not start.
        """
        session = self._pool.take()
        try:
            loaded(session, data)
            # What a load put off comes before any answer.
            session.hmp("info status", "looking whether it is alive")
        except (LoadError, DiedError, DeadlineError) as error:
            return str(error)
        finally:
            session.close()
        return ""

    def _fill(self) -> None:
        """Start the processes that may be wanted soon."""
        self._pool.fill()

    def _successor(self, saver: Standing, tag: str, data: bytes) -> Standing:
        """Return a new process that has loaded *data*, which *saver* saved under *tag*."""
        session = self._pool.take()
        self._intercept(session, self.intercept)
        clock = saver.session.clock
        loaded(session, data, None if clock is None else clock.saved_ns(tag))
        return Standing(session)

    def _saver(self, tag: str) -> Session:
        if tag not in self._savers:
            raise LoadError(f"nothing was saved as {tag!r}")
        return self._savers[tag].session

    def _go_to_saver(self, tag: str) -> None:
        self._saver(checked_tag(tag))
        if self._here is not self._savers[tag]:
            self._past_incidents += self._incidents_here()
            self._go(self._savers[tag])

    def _go(self, standing: Standing) -> None:
        self._here = standing
        self._session, self._levels = standing.session, standing.levels
        self._may_have_moved = True
        self._end_unused()

    def _end_unused(self) -> None:
        wanted = [self._home, self._here, *self._savers.values()]
        for standing in [each for each in self._standing if each not in wanted]:
            self._standing.remove(standing)
            standing.session.close()

    def incidents(self) -> tuple[str, ...]:
        """Return, once, the resets and shutdowns that the guest asked for, in any process."""
        past, self._past_incidents = tuple(self._past_incidents), []
        return (*past, *super().incidents())

    def _incidents_here(self) -> tuple[str, ...]:
        # An answer of the monitor comes behind all that the guest has asked for before.
        self._session.hmp("info status", "reading events")
        return super().incidents()

    def restart(self, *, bare: bool = False) -> None:
        """Start again in a new process; see :meth:`QemuGuest.restart`."""
        self._end_all()
        self._spoils = Spoils()
        self._levels = {}
        self._session = self._start(bare=bare)
        self._home = self._here = Standing(self._session, self._levels)
        self._standing.append(self._home)

    def close(self) -> None:
        """End all processes and remove their files; safe to call twice."""
        self._pool.close()
        self._spare.close()
        self._end_all()

    def _end_all(self) -> None:
        self._savers.clear()
        self._past_incidents.clear()
        while self._standing:
            self._standing.pop().session.close()


def loaded(session: Incoming, data: bytes, time_ns: int | None = None) -> None:
    """Have *session* load *data*; it is closed where that fails.

    Args:
        session: waits for it.
        data: what is loaded.
        time_ns: virtual time at which it was saved; None where the machine's is not stepped.

    Raises:
        LoadError: QEMU refused it.
        DiedError: the process ended.
        DeadlineError: it did not answer in time.
    """
    try:
        if session.clock is not None and time_ns is not None:
            session.clock.set(time_ns)
        session.load_stream(data)
        session.activate()
    except BaseException:
        session.close()
        raise
