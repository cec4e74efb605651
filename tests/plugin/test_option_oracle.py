"""``--vmstate-oracle``: which oracles are asked."""

from __future__ import annotations

import pytest

from harness.oracles import USUAL_ORACLES

HUNT = ("--vmstate-fuzz", "--vmstate-guest=model:pc", "--vmstate-device=isa-i8259[0]")


def test_without_it_all_are_asked(faulty):
    result = faulty.hunt("--vmstate-report=report")
    assert faulty.report()["oracles"] == list(USUAL_ORACLES)
    assert "only asked" not in result.stdout.str()


@pytest.mark.parametrize(("name", "found"), [("future", 1), ("idempotence", 0), ("load", 0)])
def test_only_what_is_asked_finds_anything(faulty, name, found):
    # No field carries what this machine loses, so that the future alone shows it.
    result = faulty.hunt(f"--vmstate-oracle={name}", "--vmstate-report=report")
    report = faulty.report()
    assert [finding["case"]["oracle"] for finding in report["findings"]] == ["future"] * found
    assert report["oracles"] == [name]
    result.stdout.fnmatch_lines([f"only asked: {name}; what the others see was not looked for"])


def test_several_are_asked_in_their_own_order(faulty):
    faulty.hunt("--vmstate-oracle=idempotence", "--vmstate-oracle=load", "--vmstate-report=report")
    assert faulty.report()["oracles"] == ["load", "idempotence"]


def test_the_ini_twin_does_the_same_and_the_option_wins(runs):
    runs.ini(oracle="load")
    listed = ("--vmstate-budget=40cycles", "--vmstate-report=report")
    result = runs.pytest(*HUNT, *listed)
    result.stdout.fnmatch_lines(["only asked: load; *"])
    result = runs.pytest(*HUNT, *listed, "--vmstate-oracle=future")
    result.stdout.fnmatch_lines(["only asked: future; *"])


def test_an_oracle_that_is_none_is_refused_with_those_that_there_are(runs):
    result = runs.pytest(*HUNT, "--vmstate-oracle=delphi")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [
        "ERROR: --vmstate-oracle 'delphi' is no oracle",
        "  use one of load, future, idempotence, hostile",
    ]
