"""Budgets: how long, as the user says it."""

import pytest

from harness.budget import NOMINAL_RATES, Budget
from harness.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "seconds", "cycles"),
    [
        ("30s", 30, None),
        ("10m", 600, None),
        ("8h", 28800, None),
        ("1.5m", 90, None),
        (" 2 h ", 7200, None),
        ("100000cycles", None, 100000),
        ("0.2cycles", None, 1),
    ],
)
def test_a_budget_is_a_time_or_a_count(text, seconds, cycles):
    budget = Budget.parse(text)
    assert (budget.text, budget.seconds, budget.cycles) == (text, seconds, cycles)


@pytest.mark.parametrize("text", ["", "30", "s", "-5s", "1d", "1e3s", "30s 5m", "cycles", "x30s"])
def test_nonsense_is_refused_with_what_would_do(text):
    with pytest.raises(ConfigError) as info:
        Budget.parse(text)
    assert str(info.value) == (
        f"--vmstate-budget {text!r} is no budget\n"
        "  give a time such as 30s, 10m or 8h, or a count such as 100000cycles"
    )


@pytest.mark.parametrize("text", ["0s", "0.0m", "0cycles"])
def test_no_time_at_all_is_refused(text):
    with pytest.raises(ConfigError, match=f"--vmstate-budget '{text}' leaves no time at all"):
        Budget.parse(text)


def test_a_count_is_for_each_guest():
    budget = Budget.parse("500cycles")
    assert budget.cycles_for("model", 1) == budget.cycles_for("qemu", 9) == 500


def test_a_time_is_shared_by_the_guests_at_a_nominal_rate():
    budget = Budget.parse("30s")
    assert budget.cycles_for("model", 3) == 10 * NOMINAL_RATES["model"]
    assert budget.cycles_for("qemu", 3) == 10 * NOMINAL_RATES["qemu"]


def test_there_is_at_least_one_cycle():
    assert Budget.parse("0.001s").cycles_for("qemu", 5) == 1
    assert Budget.parse("1s").cycles_for("model", 0) == NOMINAL_RATES["model"]


def test_a_guest_that_starts_a_process_each_time_has_a_rate_of_its_own():
    budget = Budget.parse("60s")
    assert budget.cycles_for("fresh", 1) == 60 * NOMINAL_RATES["fresh"]
    assert NOMINAL_RATES["fresh"] < NOMINAL_RATES["qemu"] < NOMINAL_RATES["model"]
    assert budget.seconds_for(100, "fresh") == 4 * 100 / NOMINAL_RATES["fresh"]
    assert budget.seconds_for(1000, "model") == budget.seconds_for(1000, "qemu")


def test_a_job_may_take_several_times_what_its_cycles_should_and_time_for_one_finding():
    budget = Budget.parse("10m")
    assert budget.seconds_for(1) == 20.0
    assert budget.seconds_for(1000) == 200.0
    assert Budget.parse("1000cycles").seconds_for(1000) is None


def test_what_is_met_may_take_what_is_left_when_each_job_has_had_its_turn():
    budget = Budget.parse("20m")
    assert budget.usual_seconds_for(40) == 1.0
    assert budget.usual_seconds_for(40, "fresh") == 5.0
    assert budget.follow_up_for(1.0, left_s=6.0) == 12.5
    assert budget.follow_up_for(7.0, left_s=6.0) == 0.0


def test_where_all_are_slow_each_job_comes_to_its_turn():
    budget = Budget.parse("2m")
    assert budget.hunt_for(10, left_s=4.0) == 5.0
    assert budget.hunt_for(10, left_s=60.0) == budget.seconds_for(10)
    assert Budget.parse("1000cycles").hunt_for(10, left_s=0.0) == float("inf")
