"""The table of findings: a row for each case, and the counts above it."""

import msgspec

from harness.corpus import case_from_finding, findings_table
from tests.support.findings import make_finding

CASE = case_from_finding(make_finding())


def rows_of(text):
    return [line for line in text.splitlines() if line.startswith("| `")]


def test_a_row_says_device_class_releases_and_what_is_at_fault():
    case = msgspec.structs.replace(CASE, explanation="dma_ioport() never saves `a|b`.")
    fault = "| `i8257` | state lost | `qemu >=7.2.22` | dma_ioport() never saves `a\\|b`. "
    assert rows_of(findings_table([case])) == [f"{fault}| `{CASE.id}` |"]


def test_a_case_that_nobody_looked_at_shows_its_title_and_its_kind():
    case = msgspec.structs.replace(CASE, class_=None, kind="interrupt lost")
    [row] = rows_of(findings_table([case]))
    assert row.startswith(f"| `i8257` | interrupt lost | `qemu >=7.2.22` | {CASE.title} |")


def test_rows_are_sorted_by_device_and_counted_by_class():
    def case(name, class_, case_id):
        culprit = msgspec.structs.replace(CASE.culprit, type=name)
        return msgspec.structs.replace(CASE, culprit=culprit, class_=class_, id=case_id)

    cases = [case("pc", "crash", "c"), case("AC97", "state lost", "b"), case("pc", "crash", "a")]
    text = findings_table(cases)
    assert [row.split(" | ")[-1] for row in rows_of(text)] == ["`b` |", "`a` |", "`c` |"]
    assert "\n3 cases, 2 devices: 2 crash, 1 state lost.\n" in text


def test_a_corpus_without_cases_has_an_empty_table():
    text = findings_table([])
    assert "\n0 cases, 0 devices: none.\n" in text
    assert rows_of(text) == []
