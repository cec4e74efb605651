"""``--vmstate-fuzz``: the built-in suite in the place of the tests on disk."""

from __future__ import annotations

import pytest


def test_it_finds_the_planted_bug_and_the_run_fails(faulty):
    result = faulty.hunt()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1)
    assert len(faulty.cases()) == 1


def test_a_finding_is_told_in_full_and_without_a_python_traceback(faulty):
    # With this seed it is met a second time, by what it does to a line.
    result = faulty.hunt("--vmstate-seed=3")
    case_id = faulty.cases()[0]
    start = result.outlines.index("isa-i8259 loses imr")
    assert result.outlines[start : start + 18] == [
        "isa-i8259 loses imr",
        "",
        "  device    isa-i8259 /machine/pic1",
        "            section i8259 instance 0",
        "  kind      state lost  (oracle: future, reload: in-place)",
        "  culprit   field imr  (in no description); shown by register pic+0x1 bits 0x1",
        "  guest     model:pc, pytest-vmstate 0.1.0",
        "  shown in  3 of 3 runs from scratch, every step proved necessary",
        "",
        "    1. outb 0x21 0x1  write isa-i8259 pic+0x1",
        "    2. cycle          save, reset all devices, load",
        "    3. inb 0x21       read isa-i8259 pic+0x1",
        "",
        "  inb 0x21: 0x01 without the reload, 0x00 after it",
        "  seen at   pic+0x1 bits 0xff, intr",
        "",
        f"  replay    pytest --vmstate-replay {case_id}",
        "",
    ]
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*runtest*")


def test_the_models_as_they_are_lose_nothing(runs):
    result = runs.pytest("--vmstate-fuzz", "--vmstate-guest=model:pc", "--vmstate-budget=160cycles")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=8, skipped=1)
    assert runs.cases() == []


def test_the_ini_twin_does_the_same(faulty):
    faulty.ini(fuzz="true", guest="model:pc", device="isa-i8259[0]", budget="20cycles")
    result = faulty.pytest()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert len(faulty.cases()) == 1


def test_it_takes_the_place_of_the_tests_on_disk(runs, pytester):
    pytester.makepyfile(test_mine="def test_mine(): assert False")
    runs.hunt().assert_outcomes(passed=1)


def test_tests_that_are_named_run_as_well(runs, pytester):
    pytester.makepyfile(test_mine="def test_mine(): pass", test_other="def test_other(): pass")
    runs.hunt("test_mine.py").assert_outcomes(passed=2)


def test_tests_that_are_named_by_testpaths_do_not_run(runs, pytester):
    pytester.makepyfile(test_mine="def test_mine(): assert False")
    pytester.makeini("[pytest]\nfilterwarnings = error\ntestpaths = .\n")
    runs.hunt().assert_outcomes(passed=1)
