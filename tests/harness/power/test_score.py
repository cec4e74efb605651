"""Scores: the best that was seen of a field counts, and ratios say of how many."""

import pytest

from harness.power import FieldScore, Score, ratio


def scored(*verdicts):
    fields = [FieldScore("pit", 0, f"f{at}", verdict) for at, verdict in enumerate(verdicts)]
    return Score("isa-pit", "qemu:pc", "QEMU 7.2.22", fields)


def test_a_field_that_was_never_lost_was_not_reached():
    one = FieldScore("pit", 0, "count")
    assert (one.name, one.verdict, one.trials, one.named) == (
        "pit[0]/count",
        "not reached",
        0,
        False,
    )


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (["equivalent", "survived"], "survived"),
        (["survived", "equivalent", "survived"], "survived"),
        (["resaved", "killed", "survived"], "killed"),
        (["resaved", "resaved"], "resaved"),
    ],
)
def test_the_best_of_all_trials_counts(seen, verdict):
    one = FieldScore("pit", 0, "count")
    for each in seen:
        one.note(each, named=each == "killed", shown=f"by {each}")
    assert (one.verdict, one.trials) == (verdict, len(seen))
    assert (one.named, one.shown) == (verdict == "killed", f"by {verdict}")


def test_a_ratio_says_of_how_many():
    scores = [scored("killed", "resaved", "not reached"), scored("killed", "equivalent")]
    lost = ("killed", "resaved", "survived")
    assert ratio(scores, ("killed",), lost) == "2 of 3 (67%)"
    assert ratio(scores, ("killed", "resaved"), lost) == "3 of 3 (100%)"
    assert ratio([scored("not reached")], ("killed",), lost) == "0 of 0"


def test_only_what_was_noticed_can_be_named():
    score = scored("killed", "resaved", "survived", "killed")
    for one in score.fields[:3]:
        one.named = True
    assert score.named == 2
    assert score.count("killed", "survived") == 3
