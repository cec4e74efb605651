"""``--vmstate-replay``: every outcome of a case, as pytest's outcome and exit status."""

from __future__ import annotations

import pytest

from harness.rules import RULES
from tests.support.plugin_runs import said

REPLAY = ("--vmstate-replay", "--vmstate-report=report")


def replayed(runs):
    """Return outcome and reason of the only case that was replayed."""
    (row,) = runs.report()["replays"]
    assert row["case"] == "imr-lost"
    return row["outcome"], row["why"]


def test_a_case_that_still_fails_is_an_expected_failure(faulty):
    faulty.case()
    result = faulty.pytest(*REPLAY, "-rx")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(xfailed=1)
    why = "without the reload 0x01, after it 0x00"
    result.stdout.fnmatch_lines(
        [f"XFAIL vmstate::replay::imr-lost - *STILL FAILS: isa-i8259 loses imr: {why}"]
    )
    assert "STILL FAILS imr-lost" in result.outlines
    assert replayed(faulty) == ("STILL FAILS", why)


def test_a_case_that_is_fixed_fails_the_run_and_says_what_to_do(runs):
    path = runs.case()
    result = runs.pytest(*REPLAY)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1)
    outcome, why = replayed(runs)
    assert outcome == "FIXED"
    assert why == (
        "pytest-vmstate 0.1.0 passes; narrow 'fails' in the case ('pytest-vmstate >=0.1.0') to "
        "the releases before it"
    )
    assert f"FIXED: isa-i8259 loses imr: {why}" in result.outlines
    assert f"  {path}" in result.outlines


def test_a_case_that_fails_in_another_way_has_changed(faulty):
    faulty.case(expected="0x02")
    result = faulty.pytest(*REPLAY)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert replayed(faulty) == (
        "CHANGED",
        "expected future inb 0x21 0x02 0x00; got future inb 0x21 0x01 0x00",
    )


def test_a_case_that_fails_where_it_should_not_has_come_back(faulty):
    faulty.case(fails="pytest-vmstate <0.1.0")
    result = faulty.pytest(*REPLAY)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert replayed(faulty) == ("REGRESSED", "without the reload 0x01, after it 0x00")


def test_a_case_that_does_not_fail_where_it_should_not_passes(runs):
    runs.case(fails="pytest-vmstate <0.1.0")
    result = runs.pytest(*REPLAY)
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1)
    assert replayed(runs) == ("PASSES", "pytest-vmstate 0.1.0 passes, as expected")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"guest": "model:none"}, "--vmstate-guest 'model:none' is no guest"),
        (
            {"trace": "readl 0x1000\ncycle\n"},
            "qtest command 'readl 0x1000' was answered 'FAIL not a command of this machine'",
        ),
    ],
)
def test_a_case_that_cannot_be_run_is_an_error(faulty, changes, why):
    path = faulty.case(**changes)
    result = faulty.pytest(*REPLAY)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    outcome, reason = replayed(faulty)
    assert outcome == "ERROR"
    assert reason.startswith(why)
    assert f"  {path}" in result.outlines


def test_without_an_id_every_case_is_replayed(faulty):
    faulty.case()
    faulty.case(id="other")
    faulty.pytest(*REPLAY).assert_outcomes(xfailed=2)
    assert [row["case"] for row in faulty.report()["replays"]] == ["imr-lost", "other"]


def test_with_an_id_only_that_case_is_replayed(faulty):
    faulty.case()
    faulty.case(id="other")
    result = faulty.pytest("--vmstate-replay", "imr-lost", "--vmstate-report=report")
    result.assert_outcomes(xfailed=1)
    assert replayed(faulty)[0] == "STILL FAILS"


@pytest.mark.parametrize("known", [(), ("a", "imr-lost")])
def test_an_unknown_id_is_refused_with_those_that_there_are(runs, known):
    for name in known:
        runs.case(id=name)
    result = runs.pytest("--vmstate-replay", "none-such")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [
        f"ERROR: --vmstate-replay: no case 'none-such' in {runs.folder}/corpus",
        f"  there are: {', '.join(known) or 'none'}; 'rules' are those of the tool",
    ]


@pytest.mark.qemu
def test_a_machine_that_is_not_there_is_no_fault_of_the_case(runs):
    runs.case(guest="qemu:no-such", fails="qemu >=7")
    result = runs.pytest(*REPLAY, "-rs")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(skipped=1)
    outcome, why = replayed(runs)
    assert outcome == "NOT HERE"
    assert why.startswith("qemu-system-x86_64 ")
    assert why.endswith(" has no machine no-such")
    result.stdout.fnmatch_lines([f"SKIPPED * NOT HERE: isa-i8259 loses imr: {why}"])


@pytest.mark.qemu
def test_each_rule_of_the_tool_matches_on_a_release_it_is_about(runs):
    """A rule that no longer matches would hide what nobody looked at."""
    result = runs.pytest("--vmstate-replay=rules", "--vmstate-report=report")
    assert result.ret == pytest.ExitCode.OK, said(result)
    told = {row["case"]: row["outcome"] for row in runs.report()["replays"]}
    assert told.keys() == {path.stem for path in RULES.glob("*.toml")}
    assert set(told.values()) <= {"STILL FAILS", "PASSES", "NOT HERE"}
    assert sum(outcome == "STILL FAILS" for outcome in told.values()) >= 8


def test_the_ini_twin_takes_an_id_or_all_and_the_option_wins(faulty):
    faulty.case()
    faulty.case(id="other")
    faulty.ini(replay="other")
    faulty.pytest().assert_outcomes(xfailed=1)
    faulty.ini(replay="all")
    faulty.pytest().assert_outcomes(xfailed=2)
    faulty.pytest("--vmstate-replay", "imr-lost").assert_outcomes(xfailed=1)


def test_replaying_does_not_hunt_and_writes_no_case(faulty):
    before = faulty.case().read_bytes()
    faulty.pytest(*REPLAY).assert_outcomes(xfailed=1)
    assert faulty.report()["jobs"] == []
    assert faulty.cases() == ["imr-lost"]
    assert (faulty.folder / "corpus" / "imr-lost.toml").read_bytes() == before


def test_hunting_and_replaying_go_together(faulty):
    faulty.case()
    faulty.hunt("--vmstate-replay").assert_outcomes(xfailed=1, passed=1)


def test_the_header_says_what_is_replayed(faulty):
    faulty.case()
    result = faulty.pytest("--vmstate-replay")
    assert f"vmstate: replaying cases of {faulty.folder}/corpus, which has 1" in result.outlines


def test_an_empty_corpus_has_nothing_to_replay(runs):
    assert runs.pytest("--vmstate-replay").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_finding_can_be_replayed_until_it_is_fixed(faulty):
    faulty.hunt()
    faulty.pytest("--vmstate-replay", faulty.cases()[0]).assert_outcomes(xfailed=1)
    faulty.mend()
    result = faulty.pytest("--vmstate-replay", faulty.cases()[0])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FIXED: isa-i8259 loses imr: *"])


def test_a_rule_that_ships_with_the_tool_is_replayed_when_it_is_named(runs):
    runs.case(id="own")
    rule = "pl110-versatile-invalidate-a19d154b"
    result = runs.pytest("--collect-only", "-q", "--vmstate-replay", rule)
    assert f"vmstate::replay::{rule}" in result.stdout.str()
    every = runs.pytest("--collect-only", "-q", "--vmstate-replay").stdout.str()
    assert "vmstate::replay::own" in every
    assert rule not in every
