"""Cases: a finding as it is kept."""

from datetime import date

import msgspec
import pytest
from packaging.specifiers import InvalidSpecifier

from harness.corpus import case_from_finding
from harness.corpus.case import CLASS_OF_KIND, CasePlace
from harness.difference import FieldPlace, LinePlace
from harness.finding import register_place
from harness.trace import Trace
from tests.support.findings import make_finding


def case_of(**changes):
    return msgspec.structs.replace(case_from_finding(make_finding()), **changes)


def test_a_case_says_what_the_finding_says():
    finding = make_finding()
    case = case_from_finding(finding)
    assert (case.format, case.version) == ("vmstate-case", 7)
    assert (case.id, case.title) == (finding.id, finding.title)
    assert Trace.parse(case.trace) == finding.trace
    assert (case.command, case.expected, case.seen) == ("inb 0x8", "0x10", "0x00")
    assert (case.hits, case.runs, case.is_minimal) == (3, 3, True)
    assert case.found_with == "QEMU 7.2.22"
    assert case.fails == "qemu >=7.2.22"
    culprit = case.culprit
    assert (culprit.type, culprit.section, culprit.region) == ("i8257", "dma", "dma-cont")
    assert (culprit.offset, culprit.bits) == (0, "0xf0")
    assert case.faults() == []


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("state lost", "state lost"),
        ("interrupt lost", "state lost"),
        ("changed by loading", "wrong after load"),
        ("does not load", "refuses own stream"),
        ("not restored", "leaked past reset"),
        ("no description", "no description"),
        ("crash", "crash"),
        ("hang", "hang"),
    ],
)
def test_the_class_follows_from_the_kind_and_the_sentence_is_left_to_a_person(kind, fault):
    case = case_from_finding(make_finding(kind=kind))
    assert (case.class_, case.explanation) == (fault, "")
    assert kind in CLASS_OF_KIND


def test_a_case_of_two_releases_says_which_loaded():
    changes = {"reload_mode": "cross", "loaded_by": "QEMU 11.1.3"}
    case = case_from_finding(make_finding(**changes))
    assert (case.found_with, case.loaded_by) == ("QEMU 7.2.22", "QEMU 11.1.3")
    assert case.title == "i8257 loses dma-cont+0x0 bits 0xf0 (on the way to QEMU 11.1.3)"
    assert case.faults() == []


@pytest.mark.parametrize("changes", [{"reload_mode": "cross"}, {"loaded_by": "QEMU 11.1.3"}])
def test_a_second_release_goes_with_crossing_and_with_nothing_else(changes):
    assert case_of(**changes).faults() == [
        "loaded_by: it goes with the reload mode 'cross', and only with that"
    ]


def test_places_of_every_kind_come_back():
    places = (
        register_place("i8257", "dma-cont", 0, 0xF0, "dma"),
        register_place("i8259", "pic", 1, 0x02),
        FieldPlace("dma", 1, "regs[2].mode", 0x80),
        LinePlace("isa[4]"),
    )
    case = case_from_finding(make_finding(sightings=places))
    assert case.places == places


@pytest.mark.parametrize("place", [CasePlace(), CasePlace(region="a"), CasePlace(offset=1)])
def test_a_place_that_names_nothing_is_a_fault(place):
    with pytest.raises(ValueError, match="neither a register or region, nor a field, nor a line"):
        place.to_place()
    assert case_of(seen_at=(place,)).faults() == [
        "a place in 'seen_at' names neither a register or region, nor a field, nor a line"
    ]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"trace": "inb 0x8"}, "trace: it has no cycle"),
        ({"trace": "cycle\nfrob"}, "trace: not a qtest command: 'frob': line 2: unknown verb"),
        ({"fails": "qemu since 7"}, "fails: Invalid specifier: 'since 7'"),
        ({"expires": "soon"}, "expires: Invalid isoformat string: 'soon'"),
        ({"seen_at": (CasePlace(field="a", bits="0xzz"),)}, "invalid literal for int"),
    ],
)
def test_what_is_wrong_beyond_types_is_told(changes, fault):
    (found,) = case_of(**changes).faults()
    assert fault in found


@pytest.mark.parametrize(
    ("expires", "expected"),
    [("", False), ("2027-03-31", False), ("2027-04-01", False), ("2027-03-30", True)],
)
def test_a_case_counts_as_known_up_to_its_last_day(expires, expected):
    assert case_of(expires=expires).has_expired(date(2027, 3, 31)) is expected


@pytest.mark.parametrize(
    ("fails", "version", "expected"),
    [
        ("qemu >=7.2.22", "QEMU 7.2.22", True),
        ("qemu >=7.2.22", "QEMU 10.0.2", True),
        ("qemu >=7.2.22", "QEMU 5.2.0", False),
        ("qemu <= 11.1", "QEMU 11.1", True),
        ("qemu <= 11.1", "QEMU 11.1.3", False),
        ("qemu >=5,<8", "QEMU 7.2.22", True),
        ("qemu >=5,<8", "QEMU 8.0.0", False),
        ("qemu", "QEMU 8.0.0", True),
        ("qemu >=1", "pytest-vmstate 0.1.0", False),
        ("pytest-vmstate >=0.1", "pytest-vmstate 0.1.0", True),
    ],
)
def test_a_case_says_for_which_releases_it_fails(fails, version, expected):
    assert case_of(fails=fails).expects_failure(version) is expected


def test_a_range_that_is_none_can_not_be_asked():
    with pytest.raises(InvalidSpecifier):
        case_of(fails="qemu since").expects_failure("QEMU 7.2.22")


def test_only_a_failure_to_load_masks_failures():
    assert case_of().failure == ""
    assert case_of(oracle="load", kind="crash").failure == "crash"


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("i=0x[0-9a-f]+ read", ""),
        ("VQ", "message: it is not in what the case saw"),
        ("(", "message: missing ), unterminated subpattern at position 0"),
    ],
)
def test_what_a_failure_says_is_in_what_was_seen(message, fault):
    case = case_from_finding(make_finding(oracle="load", kind="does not load", seen="i=0xaa read"))
    assert msgspec.structs.replace(case, message=message).faults() == [fault] * bool(fault)
