"""Records: job results that cross processes."""

from dataclasses import fields

import msgspec
import pytest

from harness.job import JobResult
from harness.report.records import JobRecord, from_json, record_of, to_json
from tests.support.findings import make_finding


def make_result(**changes):
    values = {
        "job": "qemu:pc::i8257",
        "guest": "qemu:pc",
        "version": "QEMU 7.2.22",
        "device": "i8257",
        "verdict": "found",
        "cycles": 120,
        "traces": 60,
        "seconds": 1.23456,
        "touched": {("b", "/b"), ("a", "/a")},
        "findings": [make_finding()],
        "known": {"z": 1, "a": 2},
        "nondeterministic": {"inb 0x2": 1, "inb 0x1": 1},
        "unreliable": {"pin": 2},
        "discarded": {"guest reset": 3},
    }
    return JobResult(**(values | changes))


def test_a_record_says_what_the_result_says():
    record = record_of(make_result(), {})
    assert (record.job, record.device, record.verdict) == ("qemu:pc::i8257", "i8257", "found")
    assert (record.cycles, record.traces, record.seconds) == (120, 60, 1.235)
    (finding,) = record.findings
    assert finding.case.id == make_finding().id
    assert finding.jobs == ("qemu:pc::i8257",)
    assert finding.reproducer == ""


def test_a_record_has_the_fields_of_a_result_and_no_other():
    # A field of one alone would be dropped, or be its default, without a word.
    assert JobRecord.__struct_fields__ == tuple(field.name for field in fields(JobResult))


def test_everything_without_an_order_is_sorted():
    record = record_of(make_result(), {})
    assert record.touched == (("a", "/a"), ("b", "/b"))
    assert list(record.known) == ["a", "z"]
    assert list(record.nondeterministic) == ["inb 0x1", "inb 0x2"]


def test_a_reproducer_goes_with_its_finding():
    scripts = {make_finding().id: "print()", "other": "x"}
    assert record_of(make_result(), scripts).findings[0].reproducer == "print()"


def test_a_record_comes_back_from_its_text():
    record = record_of(make_result(), {make_finding().id: "print()"})
    assert from_json(to_json(record)) == record


@pytest.mark.parametrize("text", ["{}", "[]", '{"job": 1}'])
def test_what_is_no_record_is_refused(text):
    with pytest.raises(msgspec.ValidationError):
        from_json(text)
