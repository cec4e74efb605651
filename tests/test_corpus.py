"""The corpus that comes with the project: every case was looked at by a person."""

from pathlib import Path

import pytest

from harness.corpus import findings_table, load_cases

ROOT = Path(__file__).parent.parent
CASES = load_cases(ROOT / "corpus")
every_case = pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)


@every_case
def test_a_case_has_a_class_and_a_sentence_of_explanation(path):
    case = CASES[path]
    assert case.class_ is not None
    assert case.explanation.endswith(".")
    assert len(case.explanation.split()) >= 8
    assert not case.legitimate, "what is none to be mended is a rule: harness/rules/"


@every_case
def test_a_case_lies_under_its_name_with_its_reproducer_beside_it(path):
    case = CASES[path]
    assert path.stem == case.id
    script = path.with_suffix(".py").read_text("utf-8")
    assert f'TRACE = """\n{case.trace}"""' in script
    compile(script, case.id, "exec")


@every_case
def test_a_case_came_back_every_time_and_each_of_its_steps_is_needed(path):
    case = CASES[path]
    assert case.hits == case.runs >= 3
    assert case.is_minimal


def test_a_reproducer_belongs_to_a_case():
    assert {path.stem for path in (ROOT / "corpus").glob("*.py")} == {path.stem for path in CASES}


def test_the_document_of_findings_is_what_is_generated():
    document = ROOT / "docs" / "findings.md"
    assert document.read_text("utf-8") == findings_table(CASES.values()), (
        "run: vmstate corpus > docs/findings.md"
    )
