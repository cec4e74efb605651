"""Code: expressions of Python source, and how they are laid out on lines.

What fits on a line stands on one; else each part of a call or tuple has a line of its own.
That is how a formatter leaves it.  Knows nothing of descriptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: The longest line.
WIDTH = 100
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Code:
    """An expression.

    Args:
        head: the whole of it, or what stands before its parts.
        parts: what stands between the brackets, each with what stands before it
            (``name=``), in order; None where there are no brackets.
        brackets: the opening and the closing one.
    """

    head: str
    parts: tuple[tuple[str, Code], ...] | None = None
    brackets: str = "()"

    @classmethod
    def call(cls, function: str, *parts: Code, **named: Code) -> Code:
        """Return a call."""
        keywords = [(f"{name}=", part) for name, part in named.items()]
        return cls(function, (*(("", part) for part in parts), *keywords))

    @classmethod
    def sequence(cls, parts: Sequence[Code], brackets: str = "()") -> Code:
        """Return a tuple, or with other *brackets* a list or a set."""
        return cls("", tuple(("", part) for part in parts), brackets)

    def __str__(self) -> str:
        """Return it on one line."""
        if self.parts is None:
            return self.head
        inside = ", ".join(f"{before}{part}" for before, part in self.parts)
        if self._is_single_tuple:
            inside += ","
        return f"{self.head}{self.brackets[0]}{inside}{self.brackets[1]}"

    @property
    def _is_single_tuple(self) -> bool:
        return not self.head and self.brackets == "()" and len(self.parts or ()) == 1

    def lines(self, before: str, after: str = "", indent: str = "") -> list[str]:
        """Return it on as few lines as there is room for.

        Args:
            before: what stands before it on its first line.
            after: what stands behind it on its last line.
            indent: what all lines begin with.
        """
        line = f"{indent}{before}{self}{after}"
        if len(line) <= WIDTH or not self.parts:
            return [line]
        lines = [f"{indent}{before}{self.head}{self.brackets[0]}"]
        for name, part in self.parts:
            lines += part.lines(name, ",", indent + _INDENT)
        return [*lines, f"{indent}{self.brackets[1]}{after}"]


def text(string: str) -> Code:
    """Return the literal of *string*, in double quotes unless single ones take fewer escapes."""
    # What is escaped besides quotes is the same in both; so it is taken from a string that
    # has no double quotes in it, which makes Python choose them for the single ones' sake.
    pieces = [repr(f"{piece}'")[1:-2] for piece in string.split('"')]
    if string.count('"') > string.count("'"):
        return Code("'" + '"'.join(piece.replace("'", "\\'") for piece in pieces) + "'")
    return Code('"' + '\\"'.join(pieces) + '"')
