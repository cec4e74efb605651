"""Every exception of the harness.

::

    HarnessError                     abstract
    ├── ConfigError                  the user's fault: becomes pytest.UsageError at the border
    ├── CommandError                 the caller's fault: not a qtest command
    ├── GuestError                   the guest could not do as it was told
    │   ├── LaunchError              it did not start
    │   ├── DiedError                its process ended
    │   │   └── RaisedError          a model's code raised
    │   ├── DeadlineError            it did not answer in time; it has been killed
    │   ├── QmpError                 it refused a QMP command
    │   ├── QtestError               it refused a qtest command
    │   ├── SaveError                it could not save its state
    │   ├── UnreadableError          it sent a state that can't be read
    │   ├── SpoilError               its state has not the field that was to be spoilt
    │   └── LoadError                it could not load the state that it had saved
    ├── UnjudgedError                a trace of two releases can't be judged
    └── CorpusError                  a case can't be read or written
        ├── CorruptCaseError
        └── FormatVersionError

A finding is not an exception: the engine returns findings.  Structure is kept in
attributes; the sentence is made in ``__str__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.ending import foremost, was_killed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class HarnessError(Exception):
    """Whatever stops the harness; never raised itself."""


class ConfigError(HarnessError):
    """An option, ini value or environment that can't be used.

    Args:
        what: what is wrong, with the value in question.
        remedy: what the user can do about it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}\n  {self.remedy}"


class CommandError(HarnessError):
    """A line that is not a qtest command that we know."""

    def __init__(self, line: str, why: str) -> None:
        super().__init__(line, why)
        self.line = line
        self.why = why

    def __str__(self) -> str:
        return f"not a qtest command: {self.line!r}: {self.why}"


class GuestError(HarnessError):
    """A guest that could not do as it was told."""

    @property
    def was_killed(self) -> bool:
        """Whether somebody else ended it, so that this is none of its own doing."""
        return False


class LaunchError(GuestError):
    """QEMU did not start; carries its command line, exit status and the end of its log."""

    def __init__(self, argv: Sequence[str], status: int | None, log_tail: str) -> None:
        super().__init__(tuple(argv), status, log_tail)
        self.argv = tuple(argv)
        self.status = status
        self.log_tail = log_tail

    @property
    def was_killed(self) -> bool:
        """Whether somebody else ended it while it started."""
        return was_killed(self.status, self.log_tail)

    def __str__(self) -> str:
        how = "did not answer" if self.status is None else f"exit status {self.status}"
        log = foremost(self.log_tail) or "(it printed nothing)"
        return f"QEMU did not start ({how}): {' '.join(self.argv)}\n{log}"


class DiedError(GuestError):
    """The guest's process ended while it was being used."""

    def __init__(self, status: int | None, doing: str, log_tail: str) -> None:
        super().__init__(status, doing, log_tail)
        self.status = status
        self.doing = doing
        self.log_tail = log_tail

    @property
    def was_killed(self) -> bool:
        """Whether somebody else ended it."""
        return was_killed(self.status, self.log_tail)

    def __str__(self) -> str:
        if self.status is None:
            how = "closed its connection"
        elif self.status < 0:
            how = f"was killed by signal {-self.status}"
        else:
            how = f"ended with exit status {self.status}"
        log = foremost(self.log_tail)
        return f"the guest {how} during {self.doing}" + (f"\n{log}" if log else "")


class RaisedError(DiedError):
    """A model raised what no command and no state may make it raise; it is as good as dead."""

    def __init__(self, what: str, doing: str) -> None:
        super().__init__(None, doing, what)

    def __str__(self) -> str:
        return f"the model raised {self.log_tail} during {self.doing}"


class DeadlineError(GuestError):
    """The guest did not answer in time; its process has been killed."""

    def __init__(self, after_s: float, doing: str) -> None:
        super().__init__(after_s, doing)
        self.after_s = after_s
        self.doing = doing

    def __str__(self) -> str:
        return (
            f"the guest did not answer within {self.after_s:g} s during {self.doing}; it was killed"
        )


class QmpError(GuestError):
    """QEMU refused a QMP command."""

    def __init__(self, command: str, reply: str) -> None:
        super().__init__(command, reply)
        self.command = command
        self.reply = reply

    def __str__(self) -> str:
        return f"QEMU refused {self.command}: {self.reply}"


class QtestError(GuestError):
    """A qtest command was answered with something other than OK."""

    def __init__(self, command: str, answer: str) -> None:
        super().__init__(command, answer)
        self.command = command
        self.answer = answer

    def __str__(self) -> str:
        return f"qtest command {self.command!r} was answered {self.answer!r}"


class SaveError(GuestError):
    """The guest could not save its state."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"the guest could not save its state: {self.why}"


class UnreadableError(GuestError):
    """The guest sent a state that can't be read."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"the guest's state can't be read: {self.why}"


class LoadError(GuestError):
    """The guest could not load the state that it had saved itself."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"the guest could not load its own state: {self.why}"


class SpoilError(GuestError):
    """A state has not the field that was to be spoilt."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(field, why)
        self.field = field
        self.why = why

    def __str__(self) -> str:
        return f"{self.field} can't be spoilt: {self.why}"


class UnjudgedError(HarnessError):
    """A trace can't be judged; says why.

    Attributes:
        is_refusal: whether that is because a release did not load the state of the other; else
            one of them can't run the trace by itself.
    """

    def __init__(self, why: str, *, is_refusal: bool = False) -> None:
        super().__init__(" ".join(why.split()))
        self.is_refusal = is_refusal


class CorpusError(HarnessError):
    """A case that can't be read or written."""


class CorruptCaseError(CorpusError):
    """A case file that is not a case."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        return (
            f"{self.path}: not a readable case: {self.why}\n  mend it or take it out of the corpus"
        )


class FormatVersionError(CorpusError):
    """A case of a format that this release does not read."""

    def __init__(self, path: Path, have: object, reads: Sequence[int]) -> None:
        super().__init__(path, have, tuple(reads))
        self.path = path
        self.have = have
        self.reads = tuple(reads)

    def __str__(self) -> str:
        reads = ", ".join(map(str, self.reads))
        return (
            f"{self.path}: case format {self.have!r}, this release reads {reads}\n"
            f"  use the release that wrote it, or a newer one"
        )
