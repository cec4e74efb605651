"""Sections: which ones a device adds to the stream of its machine.

The class of a device may have no description while the device registers one by hand, as
network cards of the i8255x family do.  Only the stream tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

from harness.errors import DiedError, GuestError, LaunchError
from harness.qemu.argv import Machine
from harness.qemu.discovery.attempt import DEADLINE_S
from harness.qemu.discovery.catalogue import Catalogue
from harness.qemu.discovery.explorer import Trial
from harness.qemu.discovery.recipe import arguments
from harness.qemu.session import Session
from vmstate.errors import StreamError
from vmstate.stream import read_stream


@dataclass(frozen=True, slots=True)
class Added:
    """What a device adds to the stream.

    Attributes:
        names: the sections that are not there without it, sorted.
        words: why the machine with it could not be saved; empty if it could.
    """

    names: tuple[str, ...] = ()
    words: str = ""


def sent_sections(machine: Machine, deadline_s: float) -> tuple[str, ...]:
    """Return the names of all sections that *machine* sends at power-on.

    Raises:
        GuestError: it did not start, could not be saved, died or did not answer.
        StreamError: it sent a stream that can't be read.
    """
    with closing(Session(machine, deadline_s)) as session:
        stream = read_stream(session.migration_stream("listing its sections"))
    return tuple(section.idstr for section in stream.sections)


class Sections:
    """Asks for the sections that devices add to one machine.

    Args:
        machine: the machine without the device.
        catalogue: what its binary offers.
        deadline_s: seconds that QEMU may take to start, and to save.
        send: lists the sections of a machine.

    Attributes:
        is_disturbed: whether somebody else ended one that was asked.
    """

    def __init__(
        self,
        machine: Machine,
        catalogue: Catalogue,
        deadline_s: float = DEADLINE_S,
        send: Callable[[Machine, float], tuple[str, ...]] = sent_sections,
    ) -> None:
        self._machine = machine
        self._catalogue = catalogue
        self._deadline_s = deadline_s
        self._send = send
        self.is_disturbed = False
        self._without: dict[tuple[str, ...], Counter[str]] = {}

    def added(self, trial: Trial) -> Added:
        """Return what the device of *trial*, which was created, adds.

        A machine that can't be saved without the device gives no answer either.
        """
        parent = trial.recipe.parent
        try:
            before = self._before(arguments(parent, self._catalogue) if parent else ())
            after = self._list(arguments(trial.recipe, self._catalogue))
        except GuestError as error:
            self.is_disturbed |= error.was_killed
            return Added(words=str(error))
        except StreamError as error:
            return Added(words=str(error))
        return Added(tuple(sorted((after - before).elements())))

    def _before(self, given: tuple[str, ...]) -> Counter[str]:
        if given not in self._without:
            self._without[given] = self._list(given)
        return self._without[given]

    def _list(self, given: tuple[str, ...]) -> Counter[str]:
        machine = replace(self._machine, devices=(*self._machine.devices, *given))
        try:
            return Counter(self._send(machine, self._deadline_s))
        except (DiedError, LaunchError):
            # Somebody may have killed it.  What it dies of again is its own.
            return Counter(self._send(machine, self._deadline_s))
