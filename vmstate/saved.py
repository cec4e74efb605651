"""Saved: what saving a state gives: its bytes, and on demand where each field stands in them.

A value, however it was made; it knows no engine.
"""

from __future__ import annotations

from collections.abc import Callable

from vmstate.layout import Span, StateLayout
from vmstate.nesting import room_for
from vmstate.release import LATEST, Release


class Saved:
    """A state's bytes, and where each field stands in them.

    Args:
        data: the bytes.
        layout: what they are; or what tells it when it is asked for, which few do.
        release: by whose rules.
        descriptors: file descriptors that go beside them.
    """

    __slots__ = ("_data", "_descriptors", "_layout", "_release")

    def __init__(
        self,
        data: bytes,
        layout: StateLayout | Callable[[], StateLayout],
        release: Release = LATEST,
        descriptors: tuple[int, ...] = (),
    ) -> None:
        # Not a dataclass: a frozen one takes three times as long to make, which shows.
        self._data = data
        self._layout = layout
        self._release = release
        self._descriptors = descriptors

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self._data

    @property
    def layout(self) -> StateLayout:
        """What the bytes are."""
        if not isinstance(self._layout, StateLayout):
            self._layout = self._layout()
        return self._layout

    @property
    def release(self) -> Release:
        """By whose rules they were written."""
        return self._release

    @property
    def descriptors(self) -> tuple[int, ...]:
        """File descriptors that go beside the bytes."""
        return self._descriptors

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where each leaf field stands, in order."""
        return tuple(self.layout.spans(self._release.marker_type))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Saved):
            return NotImplemented
        if (self._data, self._release) != (other._data, other._release):
            return False
        # Layouts are as deep as their descriptions.
        with room_for(self.layout.description.depth):
            return self._descriptors == other._descriptors and self.layout == other.layout

    def __hash__(self) -> int:
        return hash((self._data, self._release, self._descriptors))

    def __repr__(self) -> str:
        return (
            f"Saved(data={self._data!r}, release={self._release!r}, "
            f"descriptors={self._descriptors!r})"
        )
