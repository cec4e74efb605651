"""The one exception of reading an image.

::

    VMStateError
    └── ImageError       the image's fault: it is damaged, or of a kind that is not read
"""

from __future__ import annotations

from vmstate.errors import VMStateError

#: What to do about an image whose own tables contradict each other.
DAMAGED = "the image is damaged: `qemu-img check` says how far, a copy of it may be whole"


class ImageError(VMStateError):
    """An image, or a snapshot in it, that can't be read.

    Args:
        part: what was being read, e.g. ``header`` or ``L1 table of snapshot 'a'``.
        why: what stands there and what was expected.
        offset: where in the image file; None where no single place is at fault.
        advice: what to do about it.
    """

    def __init__(
        self, part: str, why: str, *, offset: int | None = None, advice: str = DAMAGED
    ) -> None:
        super().__init__(part, why, offset, advice)
        self.part = part
        self.why = why
        self.offset = offset
        self.advice = advice

    def __str__(self) -> str:
        place = f" at offset {self.offset:#x}" if self.offset is not None else ""
        return f"qcow2 {self.part}{place}: {self.why}; {self.advice}"
