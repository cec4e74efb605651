"""Worth: constants, and what a register rests at but for one bit."""

from harness.strategies.worth import Worth


def test_constants_fit_the_width_and_may_be_missing():
    worth = Worth(1, 0, (0x1234,))
    assert {worth.value(seed, 8) for seed in range(40)} == {0x34, 1}
    assert {Worth(6, 1, ()).value(seed, 8) for seed in range(40)} == {3, 5}
