"""Findings as text."""

import msgspec
import pytest

from harness.corpus import case_from_finding
from harness.corpus.case import CasePlace
from harness.finding import Culprit
from harness.regions import Owner
from harness.report import finding_lines
from harness.report.records import FindingRecord
from harness.report.text import culprit_text, place_text
from harness.trace import Trace
from tests.support.findings import DMA, make_finding


def text_of(reproducer="", **changes):
    case = case_from_finding(make_finding(**changes))
    record = FindingRecord(case=case, jobs=(), reproducer=reproducer)
    return "\n".join(finding_lines(record, "pytest --vmstate-replay X"))


def culprit(**changes):
    return culprit_text(
        case_from_finding(make_finding(culprit=Culprit(**({"owner": DMA} | changes))))
    )


def test_a_finding_reads_from_what_to_how():
    assert (
        text_of()
        == """\
i8257 loses dma-cont+0x0 bits 0xf0

  device    i8257 /machine/unattached/device[4]
            section dma instance 0
  kind      state lost  (oracle: future, reload: in-place)
  culprit   register dma-cont+0x0 bits 0xf0; no field of the section carries it
  guest     qemu:pc, QEMU 7.2.22
  shown in  3 of 3 runs from scratch, every step proved necessary

    1. outb 0x9 0x4  write i8257 dma-cont+0x1
    2. cycle         save, reset all devices, load
    3. inb 0x8       read it

  inb 0x8: 0x10 without the reload, 0x00 after it

  replay    pytest --vmstate-replay X"""
    )


def test_a_trace_that_was_not_proved_minimal_is_not_said_to_be():
    assert "every step proved" not in text_of(is_minimal=False)


def test_a_section_sent_as_a_whole_does_not_fill_the_screen():
    whole = "0x" + "00" * 4096
    text = text_of(command="", oracle="idempotence", expected=whole + "01", seen=whole + "02")
    assert (
        "saved again: …01 (4097 bytes, from 0x1000 on) without the reload, "
        "…02 (4097 bytes, from 0x1000 on) after it" in text
    )


def test_a_reproducer_is_named():
    assert f"python3 {make_finding().id}.py  (beside the case" in text_of("print()")


def test_a_device_without_a_path_or_section_says_so():
    text = text_of(culprit=Culprit(owner=Owner("machine"), line="isa[4]"))
    assert "  device    machine\n            no section carries its state\n" in text


def test_where_no_command_showed_it_the_state_was_saved_again():
    text = text_of(command="", oracle="idempotence", kind="changed by loading")
    assert "  saved again: 0x10 without the reload" in text


def test_other_places_are_listed():
    case = case_from_finding(make_finding())
    places = (*case.seen_at, CasePlace(line="isa[4]"), CasePlace(section="dma", field="mode"))
    record = FindingRecord(case=msgspec.structs.replace(case, seen_at=places), jobs=())
    assert "  seen at   dma-cont+0x0 bits 0xf0, isa[4], dma/mode" in finding_lines(record, "x")


def test_steps_are_listed_without_actions_too():
    assert "  1. outb 0x9 0x4\n    2. cycle\n" in text_of(actions=())


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"region": "r", "offset": 3, "bits": 1},
            "register r+0x3 bits 0x1; no field of the section carries it",
        ),
        ({"line": "isa[4]"}, "line isa[4]; no field of the section carries it"),
        ({"fields": ("a", "b")}, "field a, b"),
        ({"fields": ("a",), "described": False}, "field a  (in no description)"),
        (
            {"fields": ("a",), "region": "r", "offset": 0, "bits": 2},
            "field a; shown by register r+0x0 bits 0x2",
        ),
        ({}, "unknown"),
    ],
)
def test_the_culprit_is_told_in_words(changes, text):
    assert culprit(**changes) == text


def test_a_failure_to_load_is_that_of_the_whole_state():
    finding = make_finding(
        oracle="load",
        kind="crash",
        culprit=Culprit(owner=DMA),
        trace=Trace.parse("cycle"),
    )
    assert culprit_text(case_from_finding(finding)) == "its own state, as a whole"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (CasePlace(line="isa[4]"), "isa[4]"),
        (CasePlace(section="dma", field="mode"), "dma/mode"),
        (CasePlace(owner="x", region="r", offset=16, bits="0x3"), "r+0x10 bits 0x3"),
        (CasePlace(owner="x", region="r"), "all of r"),
    ],
)
def test_a_place_is_told_in_a_few_words(place, text):
    assert place_text(place) == text


def test_a_failure_says_what_was_expected_and_what_came():
    text = text_of(command="", oracle="hostile", kind="crash", expected="it lives", seen="it died")
    assert "  expected  it lives\n  seen      it died\n" in text
    assert "without the reload" not in text


@pytest.mark.parametrize(
    ("changes", "oracle"),
    [
        ({}, "future"),
        ({"kind": "not restored"}, "reset completeness"),
        ({"reload_mode": "cross", "loaded_by": "QEMU 11.1.3"}, "cross, future"),
        ({"oracle": "idempotence", "kind": "changed by loading", "command": ""}, "idempotence"),
    ],
)
def test_the_oracle_that_fired_is_named(changes, oracle):
    assert f"(oracle: {oracle}, reload: " in text_of(**changes)
