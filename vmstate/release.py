"""Releases: which QEMU's rules hold where QEMU's own changed.

The language is one; a release is a parameter of whoever saves, loads or describes.  Each
difference is a question that a release answers, so that no code compares numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from vmstate.flags import MigrationPriority

_RELEASE = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """A release of QEMU, e.g. 7.2.

    Args:
        major, minor: its number; stable updates change nothing here.
    """

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the release that *text* begins with, e.g. ``7.2.22``.

        Raises:
            ValueError: it begins with no release.
        """
        match = _RELEASE.match(text)
        if match is None:
            raise ValueError(f"not a release of QEMU: {text!r}; expected a number such as 7.2")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @property
    def marker_type(self) -> str:
        """The type that a vmdesc gives to the byte that stands for a null pointer.

        Source: vmstate_info_nullptr up to 11.0, vmstate_info_ptr_marker from 11.1.
        """
        if self >= _V11_1:
            return "ptr-marker"
        return "nullptr" if self >= _V10_0 else "uint64"

    @property
    def only_negative_fails(self) -> bool:
        """Whether only a negative answer of ``pre_save`` is a failure; else any but zero is.

        (Of ``pre_load`` any answer but zero is one, in every release.)

        Source: vmstate_save_vmsd_v in 11.1, vmstate_save_state_v before.
        """
        return self >= _V11_1

    @property
    def passes_answers_up(self) -> bool:
        """Whether a positive answer of ``post_load`` reaches whoever holds the state.

        It fails there if that is a subsection's owner or a list; a struct's owner, and
        whoever loads a section, only look at what is negative.

        Source: vmstate_load_state, vmstate_subsection_load and get_qtailq before 11.1.
        """
        return self < _V11_1

    @property
    def post_save_can_fail(self) -> bool:
        """Whether ``post_save`` answers: it returns nothing since 11.1."""
        return self < _V11_1

    @property
    def keeps_codec_errors(self) -> bool:
        """Whether a codec's error number reaches the caller; since 11.1 all are EINVAL."""
        return self < _V11_1

    @property
    def has_early_setup(self) -> bool:
        """Whether ``early_setup`` is known; before, such a section is one like any other."""
        return self >= _V8_0

    def knows_priority(self, priority: int) -> bool:
        """Whether *priority* is known; what was given it later had the default before.

        Source: enum MigrationPriority of include/migration/vmstate.h, 7.2 to 11.1.
        """
        return self >= _PRIORITIES_SINCE.get(priority, self)

    @property
    def numbers_elements(self) -> bool:
        """Whether a vmdesc numbers the elements of arrays that it can't compress."""
        return self < _V11_1

    @property
    def numbers_last_element(self) -> bool:
        """Whether it numbers the last of them, too."""
        return self < _V10_0

    @property
    def splits_pointer_runs(self) -> bool:
        """Whether a vmdesc splits arrays of pointers into runs of null and valid ones."""
        return self >= _V10_0


_V8_0, _V10_0, _V11_1 = Release(8, 0), Release(10, 0), Release(11, 1)
#: The first releases of the priorities that 7.2 did not have.
_PRIORITIES_SINCE: dict[int, Release] = {
    MigrationPriority.LOW: Release(10, 1),
    MigrationPriority.APIC: Release(10, 2),
}
#: The newest release whose rules are known.
LATEST = _V11_1
