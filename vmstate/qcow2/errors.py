"""The one exception of reading an image.

::

    StreamError          (of vmstate.errors) the bytes' fault
    └── ImageError       the image's: it is damaged, or of a kind that is not read

Whoever reads a stream from an image so meets one kind of error, wherever it is damaged.
"""

from __future__ import annotations

from vmstate.errors import StreamError

#: What to do about an image whose own tables contradict each other.
DAMAGED = "the image is damaged: `qemu-img check` says how far, a copy of it may be whole"


class ImageError(StreamError):
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
        super().__init__(why, offset=offset, path=f"qcow2 {part}")
        self.part = part
        self.advice = advice

    def __str__(self) -> str:
        return f"{super().__str__()}; {self.advice}"
