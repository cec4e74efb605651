"""Abridged values: text of a value that fits into a sentence, whatever the value is.

It knows how long text may be; it does not know what the sentence says.
"""

from __future__ import annotations

from reprlib import Repr

#: Python can be told to write no decimal number of more than so many digits.
#: Source: Python 3.11, library reference, "Integer string conversion length limitation".
_FEWEST_DIGITS = 640


class Abridged(Repr):
    """The standard library's, which refuses numbers of thousands of digits."""

    def repr_int(self, x: int, level: int) -> str:
        """Return a number; one of thousands of digits in hexadecimal, its middle left out."""
        if abs(x) < 10**_FEWEST_DIGITS:
            return super().repr_int(x, level)
        digits = hex(x)
        kept = self.maxlong // 2
        return f"{digits[:kept]}{self.fillvalue}{digits[-kept:]}"
