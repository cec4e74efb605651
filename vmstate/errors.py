"""Every exception of the state description language.

::

    VMStateError                     abstract
    ├── DescriptionError             our fault: a description contradicts itself
    ├── EncodeError                  the caller's fault: this state does not fit its description
    ├── UnknownError                 nobody's fault: what is asked for was not to be read anywhere
    ├── ContradictionError           the sources' fault: they say different things of one device
    ├── SourceError                  our fault: a description that can't be written as source
    ├── EditError                    the caller's fault: a stream can't be changed in this way
    └── StreamError                  the bytes' fault
        ├── TruncatedStreamError     they end too early
        └── VersionError             a version that this description does not read

Structure is kept in attributes; the sentence is made in ``__str__``.
"""

from __future__ import annotations

from collections.abc import Sequence
from errno import EINVAL, EIO

from vmstate.abridged import Abridged

_SHORT = Abridged()
_SHORT.maxother = _SHORT.maxstring = 200


def shown(value: object) -> str:
    """Return *value* as text that fits into a sentence, however large it is."""
    return _SHORT.repr(value)


class VMStateError(Exception):
    """Whatever goes wrong with a description or its bytes; never raised itself."""


class DescriptionError(VMStateError):
    """A description that contradicts itself; names all its faults at once.

    Args:
        name: the description's name.
        faults: one sentence for each fault.
    """

    def __init__(self, name: str, faults: Sequence[str]) -> None:
        super().__init__(name, tuple(faults))
        self.name = name
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return f"description {self.name!r}: " + "; ".join(self.faults)


class EncodeError(VMStateError):
    """A state that does not fit its description, or whose hook failed, while it is saved.

    Args:
        path: where in the state, e.g. ``i8254/channels[0].count``.
        value: what stands there.
        why: what was expected.
    """

    def __init__(self, path: str, value: object, why: str) -> None:
        super().__init__(path, value, why)
        self.path = path
        self.value = value
        self.why = why

    def __str__(self) -> str:
        return f"{self.path}: can't save {shown(self.value)}: {self.why}"


class UnknownError(VMStateError):
    """What a description can't say, because what it was read from does not say it.

    Args:
        path: where in the description, e.g. ``i8254/channels.irq_timer``.
        what: what is not known, e.g. ``whether it is there``.
    """

    def __init__(self, path: str, what: str) -> None:
        super().__init__(path, what)
        self.path = path
        self.what = what

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.what} is not known: nothing that the description was read "
            "from says it; merge it with a vmdesc, or write it by hand"
        )


class ContradictionError(VMStateError):
    """Sources that say different things of one device; names all that is so at once.

    Args:
        name: the description's name.
        contradictions: one sentence for each.
    """

    def __init__(self, name: str, contradictions: Sequence[str]) -> None:
        super().__init__(name, tuple(contradictions))
        self.name = name
        self.contradictions = tuple(contradictions)

    def __str__(self) -> str:
        return (
            f"description {self.name!r}: its sources contradict each other: "
            f"{'; '.join(self.contradictions)}; are they of one release and one device?"
        )


class SourceError(VMStateError):
    """A description with something in it that has no name to be written in source.

    Args:
        path: where in the description, e.g. ``i8254/count.field_exists``.
        value: what stands there.
        why: why it can't be written.
    """

    def __init__(self, path: str, value: object, why: str) -> None:
        super().__init__(path, value, why)
        self.path = path
        self.value = value
        self.why = why

    def __str__(self) -> str:
        return f"{self.path}: can't write {shown(self.value)} as source: {self.why}"


class EditError(VMStateError):
    """A change that a stream does not allow, or something that is not in it.

    Args:
        path: the section or field, as it was asked for.
        why: what is wrong, and what can be done.
    """

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        return f"{self.path}: {self.why}"


class StreamError(VMStateError):
    """Bytes that are not what the description or the format asks for.

    Args:
        why: what was found and what was expected.
        offset: where in the bytes; None where no single place is at fault.
        path: the section or field being read; empty outside any.
        number: the error number that QEMU would return, e.g. EINVAL.
    """

    def __init__(
        self, why: str, *, offset: int | None = None, path: str = "", number: int = EINVAL
    ) -> None:
        super().__init__(why, offset, path)
        self.why = why
        self.offset = offset
        self.path = path
        self.number = number

    def __str__(self) -> str:
        place = f" at offset {self.offset:#x}" if self.offset is not None else ""
        return f"{self.path or 'stream'}{place}: {self.why}"


class TruncatedStreamError(StreamError):
    """The bytes end before what is being read does.

    Args:
        need: bytes that were asked for.
        have: bytes that were left.
    """

    def __init__(self, need: int, have: int, *, offset: int, path: str = "") -> None:
        super().__init__(
            f"needs {need} bytes, {have} are left", offset=offset, path=path, number=EIO
        )
        self.need = need
        self.have = have


class VersionError(StreamError):
    """A version that this description does not read.

    Args:
        have: the version in the stream.
        accepts: lowest and highest version that the description reads.
    """

    def __init__(self, have: int, accepts: tuple[int, int], *, offset: int, path: str) -> None:
        lowest, highest = accepts
        direction = "new" if have > highest else "old"
        super().__init__(
            f"version {have} is too {direction}: versions {lowest} to {highest} can be read",
            offset=offset,
            path=path,
        )
        self.have = have
        self.accepts = accepts
