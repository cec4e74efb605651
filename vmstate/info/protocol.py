"""What a codec offers to whoever walks a description.

There are two kinds.  An :class:`Info` turns one element into bytes and back by itself.  A
:class:`Container` holds states with a description of their own, and is handed the engine
that walks those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from vmstate.cursor import Reader, Writer

#: Makes a value that loading needs and the destination does not hold yet.
Factory = Callable[[], Any]


class Info(Protocol):
    """A codec, QEMU's ``VMStateInfo``."""

    @property
    def name(self) -> str:
        """The type's name in a vmdesc, e.g. ``uint8``."""

    def load(self, reader: Reader, current: object, size: int) -> object:
        """Read one element and return its value.

        Args:
            reader: where to read.
            current: the value that the destination holds; codecs that compare or that
                load into an existing object need it.
            size: the field's element size in bytes, for codecs whose bytes depend on it.

        Raises:
            StreamError: the bytes are no such value.
        """

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write one element.

        Raises:
            EncodeError: *value* is none that the codec can write.
        """


class Fixed(Info, Protocol):
    """A codec whose bytes are one big-endian struct format, so that runs can be fused.

    A codec that has ``format`` and also an attribute ``convert`` is *plain*: the value
    follows from the unpacked number alone.  One without ``convert`` compares with what the
    destination holds, or loads into it, and must be asked itself.
    """

    @property
    def format(self) -> str:
        """The struct format without byte order, e.g. ``H``."""


class Plain(Fixed, Protocol):
    """A codec whose value follows from the unpacked number alone."""

    @property
    def convert(self) -> Callable[[int], object] | None:
        """Makes the value of the number; None where the number is the value.

        Saving a converted value is up to the codec, which knows what it refuses.
        """


class Vmsd(Protocol):
    """A description, as far as a container knows it."""

    @property
    def name(self) -> str:
        """Its name, for errors."""

    @property
    def version_id(self) -> int:
        """The version that is saved."""

    @property
    def minimum_version_id(self) -> int:
        """The oldest version that can be loaded."""


#: Why a state is refused whose ``post_load`` answered a positive number, where the release
#: takes that for a failure.
REFUSED_ANSWER = "post_load answered {}, which a release before 11.1 takes for a failure"

#: Loads or saves a nested state: its description, the state, and the version.  Of loading
#: it returns what ``post_load`` answered where the release leaves it to the caller to refuse
#: that, else zero.
Engine = Callable[[Any, Any, int], object]


class Holder(Protocol):
    """A field of a container's, as far as the container knows it."""

    @property
    def version_id(self) -> int:
        """The version that nested states are loaded at."""

    @property
    def vmsd(self) -> Vmsd | None:
        """Description of what is held."""

    @property
    def key_vmsd(self) -> Vmsd | None:
        """Description of the keys; None where they are integers."""

    @property
    def make(self) -> Factory | None:
        """Makes what is held."""

    @property
    def make_key(self) -> Factory | None:
        """Makes a key."""


class Container(Protocol):
    """A codec of a value that holds states: a list, a tree, a temporary."""

    @property
    def name(self) -> str:
        """The type's name in a vmdesc, e.g. ``qtailq``."""

    def load_states(self, reader: Reader, current: object, field: Holder, load: Engine) -> object:
        """Read the value and return it.

        Args:
            reader: where to read.
            current: the value that the destination holds.
            field: the field, for its descriptions, factories and version.
            load: loads one nested state.

        Raises:
            StreamError: the bytes are no such value.
        """

    def save_states(self, writer: Writer, value: object, field: Holder, save: Engine) -> None:
        """Write the value.

        Raises:
            EncodeError: *value* is none that can be written.
        """
