"""``--junit-xml``: findings, expected failures and untested devices, as CI servers read them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.support.plugin_runs import TWO


def test_a_finding_is_a_failure_with_its_whole_text(faulty):
    faulty.hunt(*TWO, "--junit-xml=junit.xml")
    suite = ElementTree.parse(faulty.folder / "junit.xml").getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    found, clean = suite.findall("testcase")
    assert (found.get("classname"), found.get("name")) == ("vmstate.model:pc", "isa-i8259[0]")
    failure = found.find("failure")
    assert failure is not None
    assert failure.text is not None
    for line in ("isa-i8259 loses imr", "1. outb 0x21 0x1", "0x01 without the reload, 0x00 after"):
        assert line in failure.text
    assert list(clean) == []


def test_an_untested_device_is_skipped_with_the_reason(runs):
    runs.pytest(
        "--vmstate-fuzz",
        "--vmstate-guest=model:pc",
        "--vmstate-device=timer",
        "--junit-xml=junit.xml",
    )
    (skipped,) = ElementTree.parse(runs.folder / "junit.xml").getroot().iter("skipped")
    assert skipped.get("message") == (
        "NOT TESTED: none of its state is behind a register that qtest reaches"
    )


@pytest.mark.parametrize(
    ("expected", "tag", "text"),
    [("0x01", "skipped", "STILL FAILS"), ("0x02", "failure", "CHANGED")],
)
def test_a_replayed_case_is_an_expected_failure_or_a_failure(faulty, expected, tag, text):
    faulty.case(expected=expected)
    faulty.pytest("--vmstate-replay", "--junit-xml=junit.xml")
    (case,) = ElementTree.parse(faulty.folder / "junit.xml").getroot().iter("testcase")
    assert (case.get("classname"), case.get("name")) == ("vmstate.replay", "imr-lost")
    (outcome,) = case
    assert outcome.tag == tag
    assert text in outcome.get("message", "")
