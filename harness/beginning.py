"""The beginning: brings a guest to where every trace begins, the machine at power-on.

It knows when the guest there is can be put back, which is quick, and when a new one must be
started; what is run from there on, and what is made of it, is none of its business.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from itertools import chain

from harness.command import ACCESSES, Command
from harness.errors import DiedError, GuestError, SaveError
from harness.guest import Guest

#: The tag of the checkpoint taken at power-on.
POWER_ON = "vmstate_power_on"


class _Way(Enum):
    """How a guest comes back to power-on."""

    #: It is reset and loads its checkpoint.
    REWIND = "rewind"
    #: The same, and then it does its boot again: a device forgets what its boot had done, which
    #: may be its own fault, and not that of the devices under test.
    BOOT = "boot"
    #: It is started anew: nothing else brings its registers back.
    START = "start"


class Beginning:
    """Where the traces of one guest begin.

    Args:
        guest: it is restarted at will.
        is_bare: whether traces bring what is needed of the guest's boot themselves.
        at_power_on: called once, when the guest stands at its power-on checkpoint.
    """

    def __init__(
        self,
        guest: Guest,
        *,
        is_bare: bool = False,
        at_power_on: Callable[[], None] | None = None,
    ) -> None:
        self._guest = guest
        self._is_bare = is_bare
        self._at_power_on = at_power_on
        self._is_trusted = False
        self._is_rewound = False
        self._can_save = True
        #: None while nobody has looked.
        self._way: _Way | None = None if guest.boot and not is_bare else _Way.REWIND

    @property
    def is_slow(self) -> bool:
        """Whether each trace takes a guest that is started anew."""
        return not self._can_save or self._way is _Way.START

    @property
    def loses_boot(self) -> bool:
        """Whether the guest's registers are elsewhere, or nowhere, once it is loaded."""
        return self._way in {_Way.BOOT, _Way.START}

    def trust(self) -> None:
        """Say that the guest may be put back for the next trace."""
        self._is_trusted = True

    def distrust(self) -> None:
        """Say that the next trace needs a new guest."""
        self._is_trusted = self._is_rewound = False

    def begin(self, *, fresh: bool = False) -> None:
        """Bring the guest to power-on.

        Args:
            fresh: start a new guest; else the one there is goes back if it can.

        Raises:
            GuestError: it did not start.
        """
        if self._guest.restarts_quickly:
            self.start()
        elif not (self._is_trusted and not self.is_slow and not fresh and self._goes_back()):
            self._start_anew()

    def go_back_ahead(self) -> None:
        """Begin to go back: another process does it while the next trace is drawn in ours."""
        if self._is_trusted and not self.is_slow and not self._guest.restarts_quickly:
            try:
                self._guest.rewind(POWER_ON)
            except GuestError:
                self.distrust()
            else:
                self._is_rewound = True

    def start(self) -> None:
        """Start the guest from nothing, for the caller's own use."""
        self.distrust()
        self._guest.restart(bare=self._is_bare)

    def _goes_back(self) -> bool:
        """Put the guest back, and say whether it survived that.

        What the last trace left may not: that is for a trace with two cycles to show.
        """
        is_rewound, self._is_rewound = self._is_rewound, False
        try:
            if not is_rewound:
                self._guest.rewind(POWER_ON)
            if self._way is _Way.BOOT:
                self._boot()
            # What the end of the last trace asked for is not this one's doing.
            self._guest.incidents()
        except GuestError:
            return False
        return True

    def _boot(self) -> None:
        self._guest.execute(tuple(chain.from_iterable(self._guest.boot)))

    def _start_anew(self) -> None:
        self.start()
        if self._way is _Way.START:
            return
        try:
            self._guest.save(POWER_ON)
        except (SaveError, DiedError):
            self._can_save = False
            # The trace's own cycle will meet it, and be judged for it.
            self.start()
            return
        self._can_save = True
        if self._at_power_on is not None:
            self._at_power_on()
            self._at_power_on = None
        if self._way is None:
            self._way = self._found_way()
            if self._way is _Way.START:
                self.start()

    def _found_way(self) -> _Way:
        """Find out how the guest's registers come back to where they were."""
        mapped, left = self._guest.mapping(), self._left_by_boot()
        try:
            self._guest.rewind(POWER_ON)
            # There are machines that can't be saved any more once they were loaded.
            self._guest.state()
            is_mapped = self._guest.mapping() == mapped
            if is_mapped and self._left_by_boot() == left:
                # The looking may have selected something.
                self._guest.rewind(POWER_ON)
                return _Way.REWIND
            self._boot()
            if is_mapped or self._guest.mapping() == mapped:
                return _Way.BOOT
        except GuestError:
            pass
        return _Way.START

    def _left_by_boot(self) -> list[int | bytes | None]:
        """Return what the registers that the boot writes to hold now."""
        # The last of a group writes to a register, what is before it selects that.
        looks = [
            (*selects, Command(ACCESSES[write.space, "read", write.size], (write.address,)))
            for *selects, write in self._guest.boot
        ]
        seen = self._guest.execute(tuple(chain.from_iterable(looks)))
        return [one.answer for one in seen if one.answer is not None]
