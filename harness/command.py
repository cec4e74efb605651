"""Commands: one line of QEMU's qtest protocol as a value.

The qtest text protocol is the one language in which every guest is driven, traces are
stored and findings are replayed.  This module parses it and prints it; it knows no
guest, no socket and no address map.

Source: QEMU 7.2 softmmu/qtest.c, the comment at its head and qtest_process_command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.errors import CommandError

Space = Literal["io", "memory"]

#: The one verb that is none of QEMU's: what the next cycle loads is not what it saved, but has
#: other bytes at the beginning of a field.  Section, instance id, path and bytes follow it, e.g.
#: ``spoil dma 0 regs[2].mode 0xff``.
SPOIL = "spoil"

#: Width in bytes of a port access verb, by its last letter.
_PORT_WIDTHS = {"b": 1, "w": 2, "l": 4}
#: Width in bytes of a memory access verb, by its last letter.
_MEMORY_WIDTHS = {"b": 1, "w": 2, "l": 4, "q": 8}


@dataclass(frozen=True, slots=True)
class Verb:
    """What a verb does: where it reaches, how wide, and what operands it takes."""

    name: str
    space: Space | None
    size: int
    access: Literal["read", "write"] | None
    #: One word per operand: ``int``, ``word`` (bare text) or ``hex`` (0x… bytes).
    operands: tuple[str, ...]
    #: How many of the operands, from the right, may be left out.
    optional: int = 0


def _verbs() -> dict[str, Verb]:
    table = {}
    for letter, size in _PORT_WIDTHS.items():
        table[f"in{letter}"] = Verb(f"in{letter}", "io", size, "read", ("int",))
        table[f"out{letter}"] = Verb(f"out{letter}", "io", size, "write", ("int", "int"))
    for letter, size in _MEMORY_WIDTHS.items():
        table[f"read{letter}"] = Verb(f"read{letter}", "memory", size, "read", ("int",))
        table[f"write{letter}"] = Verb(f"write{letter}", "memory", size, "write", ("int", "int"))
    for verb in (
        Verb("read", "memory", 0, "read", ("int", "int")),
        Verb("write", "memory", 0, "write", ("int", "int", "hex")),
        Verb("memset", "memory", 0, "write", ("int", "int", "int")),
        Verb("clock_step", None, 0, None, ("int",), optional=1),
        Verb("clock_set", None, 0, None, ("int",)),
        Verb("irq_intercept_in", None, 0, None, ("word",)),
        Verb("irq_intercept_out", None, 0, None, ("word", "word"), optional=1),
        Verb("set_irq_in", None, 0, None, ("word", "word", "int", "int")),
        Verb("endianness", None, 0, None, ()),
        Verb(SPOIL, None, 0, None, ("word", "int", "word", "hex")),
    ):
        table[verb.name] = verb
    return table


#: Every verb that we know, by name.
VERBS: dict[str, Verb] = _verbs()
#: The verb of an access of fixed width, by address space, direction and width in bytes.
ACCESSES: dict[tuple[Space | None, str | None, int], str] = {
    (verb.space, verb.access, verb.size): verb.name for verb in VERBS.values() if verb.size
}

#: Verbs whose last operand is a plain decimal count or time, not an address or a value.
_DECIMAL = frozenset({"clock_step", "clock_set", "set_irq_in", SPOIL})


def _formats() -> dict[tuple[str, int], str]:
    """Return how a command is printed, by its verb and how many operands it has."""
    table = {}
    for verb in VERBS.values():
        number = "%d" if verb.name in _DECIMAL else "%#x"
        words = [verb.name, *(number if kind == "int" else "%s" for kind in verb.operands)]
        for left_out in range(verb.optional + 1):
            given = words[: len(words) - left_out]
            table[verb.name, len(given) - 1] = " ".join(given)
    return table


#: A hunt prints so many commands that putting the words together one by one would show.
_FORMATS = _formats()


@dataclass(frozen=True, slots=True)
class Command:
    """One qtest command, e.g. ``outb 0x70 0xa``.

    Attributes:
        verb: a key of :data:`VERBS`.
        operands: integers, words or ``0x…`` byte strings, as the verb asks.
    """

    verb: str
    operands: tuple[int | str, ...] = ()

    @classmethod
    def parse(cls, line: str) -> Command:
        """Read one line of the protocol.

        Raises:
            CommandError: unknown verb, wrong number of operands, or an operand that is
                no number or doesn't fit the verb's width.
        """
        words = line.split()
        if not words:
            raise CommandError(line, "it is empty")
        verb = VERBS.get(words[0])
        if verb is None:
            raise CommandError(
                line, f"unknown verb {words[0]!r}; known: {', '.join(sorted(VERBS))}"
            )
        given = words[1:]
        most = len(verb.operands)
        least = most - verb.optional
        if not least <= len(given) <= most:
            wants = str(most) if least == most else f"{least} to {most}"
            raise CommandError(line, f"{verb.name} takes {wants} operands, got {len(given)}")
        kinds = verb.operands[: len(given)]
        operands = tuple(
            _operand(line, kind, word) for kind, word in zip(kinds, given, strict=True)
        )
        command = cls(verb.name, operands)
        if verb.access == "write" and verb.size:
            value = operands[1]
            if not isinstance(value, int) or value >> (8 * verb.size):
                raise CommandError(line, f"the value does not fit in {verb.size} bytes")
        return command

    def __str__(self) -> str:
        return _FORMATS[self.verb, len(self.operands)] % self.operands

    @property
    def spec(self) -> Verb:
        """What the verb does."""
        return VERBS[self.verb]

    @property
    def space(self) -> Space | None:
        """The address space that the command reaches, if any."""
        return self.spec.space

    @property
    def is_read(self) -> bool:
        """Whether the answer carries a value."""
        return self.spec.access == "read"

    @property
    def is_write(self) -> bool:
        """Whether the command writes to a register or to memory."""
        return self.spec.access == "write"

    @property
    def address(self) -> int:
        """The first byte that the command reaches; 0 where it reaches none."""
        if self.spec.space is None:
            return 0
        return int(self.operands[0])

    @property
    def size(self) -> int:
        """How many bytes the command reaches."""
        if self.spec.space is None:
            return 0
        return self.spec.size or int(self.operands[1])

    @property
    def value(self) -> int:
        """What a ``out*`` or ``write*`` command of fixed width writes.

        Raises:
            CommandError: the command writes no single value.
        """
        if not (self.is_write and self.spec.size):
            raise CommandError(str(self), "it writes no single value")
        return int(self.operands[1])


def _operand(line: str, kind: str, word: str) -> int | str:
    if kind == "word":
        return word
    try:
        number = int(word, 0)
    except ValueError:
        raise CommandError(line, f"{word!r} is no number") from None
    if number < 0:
        raise CommandError(line, f"{word!r} is negative")
    return word.lower() if kind == "hex" else number
