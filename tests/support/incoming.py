"""What a real QEMU makes of a stream: it takes it, refuses it, or does not survive it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Literal, TypeAlias

from harness.errors import DeadlineError, DiedError, LoadError
from harness.qemu.argv import Machine
from tests.support.stream_edit import Incoming

Ending: TypeAlias = Literal["accepted", "refused", "aborts", "hangs"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a load ended, and what QEMU said to it on its standard error."""

    ending: Ending
    said: str = ""


def outcome_of(machine: Machine, data: bytes) -> Outcome:
    """Return what a fresh *machine* makes of the stream *data*."""
    with closing(Incoming(machine)) as session:
        try:
            session.load_stream(data)
        except LoadError as error:
            return Outcome("refused", str(error))
        except DiedError as error:
            return Outcome("aborts", f"status {error.status}: {error.log_tail}")
        except DeadlineError as error:
            return Outcome("hangs", f"{error}\n{session.process.log_tail()}")
        return Outcome("accepted", session.process.log_tail())
