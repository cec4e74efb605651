"""Worth: constants, and what a register rests at but for one bit."""

from harness.learning import Lesson
from harness.regions import Owner, Region
from harness.strategies.worth import Worth, worth_of


def test_constants_fit_the_width_and_may_be_missing():
    worth = Worth(1, 0, (0x1234,))
    assert {worth.value(seed, 8) for seed in range(40)} == {0x34, 1}
    assert {Worth(6, 1, ()).value(seed, 8) for seed in range(40)} == {3, 5}


def test_a_word_with_a_key_is_written_with_all_of_it_but_one_bit():
    region = Region("memory", 0x100, 8, "regs", 0, Owner("clock"))
    lesson = Lesson(rest={0: 7, 4: 7}, sticky={0: 3, 4: 3}, keys={4: 0x5A5A5A5A})
    worth = worth_of([region], {region: lesson})
    assert [worth["writel", at].rest for at in (0x100, 0x104)] == [7, 0x5A5A5A5A]
    # Narrower, the key does not fit in.
    assert worth["writeb", 0x104].rest == 7
    assert {worth["writel", 0x104].value(seed, 32) for seed in range(1, 40, 2)} <= {
        0x5A5A5A5B,
        0x5A5A5A58,
        7,
    }
