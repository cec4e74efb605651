"""Abridged values: numbers of any size."""

import pytest

from vmstate.abridged import Abridged


@pytest.mark.parametrize(
    ("exponent", "text"),
    [
        (3, "1000"),
        (639, f"1{'0' * 17}...{'0' * 19}"),
        # Above, Python may refuse to write it; by default it does with 4300 digits.
        (5000, "0x31e208"),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_of_any_size_is_short(exponent, text, sign):
    short = Abridged().repr(sign * 10**exponent)
    assert short.removeprefix("-").startswith(text[:8])
    assert short.startswith("-") == (sign < 0)
    assert ("..." in short) == (exponent > 100)
    assert len(short) <= 43


def test_numbers_in_containers_are_short_too():
    assert "..." in Abridged().repr([1, {"a": 1 << 20_000}])
