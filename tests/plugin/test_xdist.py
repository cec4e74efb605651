"""``-n``: workers share the jobs, and the report is that of one process."""

from __future__ import annotations

import pytest

from tests.support.plugin_runs import HUNT, TWO, said, without_times


def test_two_workers_find_and_report_what_one_process_does(faulty):
    faulty.case(id="other", fails="pytest-vmstate <0.1", trace="outb 0x21 0x3\ncycle\ninb 0x21\n")
    both = (*HUNT, *TWO, "--vmstate-replay")
    alone = faulty.pytest(*both, "--vmstate-report=one")
    for path in (faulty.folder / "corpus").glob("isa-*"):
        path.unlink()
    shared = faulty.pytest_alone(*both, "--vmstate-report=two", "-n", "2")
    assert shared.ret == alone.ret == pytest.ExitCode.TESTS_FAILED
    assert shared.parseoutcomes()["failed"] == alone.parseoutcomes()["failed"]
    one, two = faulty.report("one"), faulty.report("two")
    assert one["findings"]
    assert one["replays"][0]["outcome"] == "CHANGED"
    assert without_times(one) == without_times(two)
    assert faulty.cases() == sorted(["other", *(f["case"]["id"] for f in two["findings"])])


def test_an_unknown_case_is_refused_as_without_workers(faulty):
    result = faulty.pytest("--vmstate-replay", "none-such", "-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: --vmstate-replay: no case 'none-such' in {faulty.folder}/corpus" in said(result)
