"""``--vmstate-corpus``: the folder of known cases, and what in it is refused."""

from __future__ import annotations

import pytest

from harness.corpus import read_case
from tests.support import faulty_pc

LIST = ("--vmstate-fuzz", "--vmstate-guest=model:pc", "--collect-only", "-q")
REMEDY = "  mend it or take it out of the corpus"


def test_a_finding_is_written_as_a_case_that_names_it(faulty):
    faulty.hunt("--vmstate-corpus=known")
    (case_id,) = faulty.cases("known")
    case = read_case(faulty.folder / "known" / f"{case_id}.toml")
    assert case.id == case_id
    assert case.guest == "model:pc"
    assert (case.expected, case.seen) == ("0x01", "0x00")
    assert case.trace == faulty_pc.TRACE
    assert case.fails == "pytest-vmstate >=0.1.0"
    assert (case.culprit.type, case.culprit.path) == ("isa-i8259", faulty_pc.OWNER)
    assert (case.culprit.section, case.culprit.fields) == (faulty_pc.SECTION, (faulty_pc.FIELD,))
    assert case.culprit.described is False
    assert (case.culprit.region, case.culprit.offset) == ("pic", 1)


def test_nothing_but_cases_is_left_in_the_folder(faulty):
    faulty.hunt()
    left = {path.suffix for path in (faulty.folder / "corpus").iterdir()}
    assert left == {".toml"}


def test_the_command_that_replays_a_finding_names_the_folder(faulty):
    result = faulty.hunt("--vmstate-corpus=known")
    (case_id,) = faulty.cases("known")
    assert (
        f"  replay    pytest --vmstate-replay {case_id} --vmstate-corpus=known" in result.outlines
    )


def test_a_known_case_is_no_finding_and_is_counted(faulty):
    faulty.case()
    result = faulty.hunt("--vmstate-budget=40cycles", "--vmstate-report=report")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["vmstate: *, 1 known cases"])
    assert list(faulty.report()["known"]) == ["imr-lost"]
    assert faulty.cases() == ["imr-lost"]


def test_a_case_for_other_releases_does_not_hide_the_finding(faulty):
    faulty.case(fails="pytest-vmstate <0.1")
    assert faulty.hunt().ret == pytest.ExitCode.TESTS_FAILED


def test_a_case_that_says_legitimate_hides_it_as_any_other(faulty):
    faulty.case(legitimate="the mask is reloaded by the firmware")
    assert faulty.hunt("--vmstate-budget=40cycles").ret == pytest.ExitCode.OK


def test_without_an_ini_file_it_is_in_the_current_folder_whatever_pytest_takes_for_the_root(
    faulty, tmp_path_factory
):
    # A separate word that exists is a place of tests to pytest: it looks for the root there.
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (faulty.folder / "tox.ini").unlink()
    result = faulty.hunt("--vmstate-report", elsewhere)
    assert f"rootdir: {faulty.folder}" not in result.outlines
    assert len(faulty.cases()) == 1


def test_the_ini_twin_is_relative_to_the_root_folder_and_the_option_wins(faulty):
    faulty.ini(corpus="kept/cases")
    faulty.hunt()
    assert len(faulty.cases("kept/cases")) == 1
    faulty.hunt("--vmstate-corpus=other")
    assert len(faulty.cases("other")) == 1
    assert faulty.cases() == []


def test_a_folder_that_cannot_be_written_is_refused_before_the_hunt(runs):
    (runs.folder / "file").write_text("")
    result = runs.hunt("--vmstate-corpus=file/corpus")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[0].startswith(f"ERROR: can't write {runs.folder}/file/corpus/")
    assert result.stderr.lines[0].endswith(": Not a directory")
    assert result.stderr.lines[1] == (
        "  name a folder that can be written (--vmstate-corpus, --vmstate-report)"
    )


def test_a_corpus_that_is_a_file_is_refused(runs):
    (runs.folder / "file").write_text("")
    result = runs.hunt("--vmstate-corpus=file")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[0].startswith(f"ERROR: can't write {runs.folder}/file/")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("format = ", "Invalid value"),
        ("", "format is None, expected 'vmstate-case'"),
        ("format = 'something-else'", "format is 'something-else', expected 'vmstate-case'"),
        (b"\xff\xfe", "can't decode byte 0xff"),
    ],
)
def test_a_file_that_is_no_case_is_refused(runs, text, why):
    path = runs.case()
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = runs.pytest(*LIST)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[0].startswith(f"ERROR: {path}: not a readable case: ")
    assert why in result.stderr.lines[0]
    assert result.stderr.lines[1] == REMEDY


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"hits": "three"}, "Expected `int`, got `str` - at `$.hits`"),
        ({"mood": "good"}, "Object contains unknown field `mood`"),
        ({"oracle": "delphi"}, "Invalid enum value 'delphi' - at `$.oracle`"),
        ({"culprit": {}}, "Object missing required field `type` - at `$.culprit`"),
        ({"trace": "outb 0x21 0x1\n"}, "trace: it has no cycle"),
        (
            {"trace": "outb 0x21 0x1\ncycle\nboom\n"},
            "trace: not a qtest command: 'boom': line 3: ",
        ),
        ({"fails": "qemu about 7"}, "fails: Invalid specifier: 'about 7'"),
        ({"expires": "soon"}, "expires: Invalid isoformat string: 'soon'"),
        ({"fails": "pytest-vmstate >=x"}, "fails: Invalid specifier: '>=x'"),
        (
            {"seen_at": [{"owner": "isa-i8259"}]},
            "a place in 'seen_at' names neither a register or region, nor a field, nor a line",
        ),
        (
            {"seen_at": [{"owner": "x", "region": "pic", "offset": 1, "bits": "many"}]},
            "invalid literal for int() with base 16: 'many'",
        ),
    ],
)
def test_a_case_with_something_wrong_in_it_is_refused_with_the_place(runs, changes, why):
    path = runs.case(**changes)
    result = runs.pytest(*LIST)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[0].startswith(f"ERROR: {path}: not a readable case: ")
    assert why in result.stderr.lines[0]
    assert result.stderr.lines[1] == REMEDY


@pytest.mark.parametrize("version", [8, 0, "1.0"])
def test_a_case_of_another_format_version_is_refused(runs, version):
    path = runs.case(version=version)
    result = runs.pytest(*LIST)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [
        f"ERROR: {path}: case format {version!r}, this release reads 1, 2, 3, 4, 5, 6, 7",
        "  use the release that wrote it, or a newer one",
    ]


def test_other_files_in_the_folder_are_let_alone(runs):
    runs.case().with_name("README.md").write_text("our cases")
    runs.hunt().assert_outcomes(passed=1)
    assert (runs.folder / "corpus" / "README.md").read_text() == "our cases"


def test_a_case_that_has_expired_is_to_be_looked_at_before_the_next_hunt(runs):
    path = runs.case(expires="2026-01-31", link="https://example.org/report")
    result = runs.pytest(*LIST)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = " ".join(line.strip() for line in result.stderr.lines)
    assert told.startswith(
        f"ERROR: {path} counted as known until 2026-01-31 see whether it is mended (pytest "
        "--vmstate-replay imr-lost): if so, remove it, else give it another day in 'expires'"
    )
    # It can be looked at.
    assert runs.pytest("--vmstate-replay", "--collect-only").ret == pytest.ExitCode.OK
    runs.case(expires="9999-12-31")
    assert runs.pytest(*LIST).ret == pytest.ExitCode.OK
