"""Releases: which QEMU's rules hold where QEMU's own changed.

The language is one; a release is a parameter of whoever saves, loads or describes.  Each
difference is a question that a release answers, so that no code compares numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

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
    def marks_valid_pointers(self) -> bool:
        """Whether a loader may find the marker of a valid pointer, and allocate for it."""
        return self >= _V11_1

    @property
    def only_negative_fails(self) -> bool:
        """Whether only a negative answer of ``pre_save`` is a failure; else any but zero is.

        Source: vmstate_save_vmsd_v in 11.1, vmstate_save_state_v before.
        """
        return self >= _V11_1

    @property
    def post_save_can_fail(self) -> bool:
        """Whether ``post_save`` answers: it returns nothing since 11.1."""
        return self < _V11_1

    @property
    def keeps_codec_errors(self) -> bool:
        """Whether a codec's error number reaches the caller; since 11.1 all are EINVAL."""
        return self < _V11_1

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


_V10_0, _V11_1 = Release(10, 0), Release(11, 1)
#: The newest release whose rules are known.
LATEST = _V11_1
