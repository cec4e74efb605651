"""The store: whole cases or none."""

import msgspec
import pytest

from harness.corpus import add_case, case_from_finding, load_cases, read_case, write_case
from harness.corpus.store import write_file
from harness.difference import FieldPlace, LinePlace, RegionPlace
from harness.errors import ConfigError, CorruptCaseError, FormatVersionError
from tests.support.findings import make_finding

CASE = case_from_finding(make_finding())


def test_a_case_comes_back_as_it_was_written(tmp_path):
    path = write_case(tmp_path / "new" / "corpus", CASE)
    assert path.name == f"{CASE.id}.toml"
    assert read_case(path) == CASE
    assert load_cases(path.parent) == {path: CASE}


def test_every_kind_of_place_comes_back(tmp_path):
    more = (RegionPlace("m48t08", "nvram"), FieldPlace("dma", 1, "mode", 1), LinePlace("irq"))
    places = (*make_finding().sightings, *more)
    case = case_from_finding(make_finding(sightings=places))
    assert read_case(write_case(tmp_path, case)) == case


def test_the_trace_is_text_that_people_can_read(tmp_path):
    text = write_case(tmp_path, CASE).read_text()
    assert "\noutb 0x9 0x4\ncycle\ninb 0x8\n" in text
    assert text.startswith('format = "vmstate-case"\nversion = 7\n')


def test_the_reproducer_lies_beside_the_case_and_is_no_case(tmp_path):
    path = write_case(tmp_path, CASE, "print()")
    assert path.with_suffix(".py").read_text() == "print()"
    assert list(load_cases(tmp_path)) == [path]


def test_nothing_else_is_left_in_the_folder(tmp_path):
    write_case(tmp_path, CASE)
    write_case(tmp_path, CASE)
    assert [path.name for path in tmp_path.iterdir()] == [f"{CASE.id}.toml"]


def test_cases_are_sorted_by_name(tmp_path):
    for case_id in ("b", "a", "c"):
        write_case(tmp_path, msgspec.structs.replace(CASE, id=case_id))
    assert [path.stem for path in load_cases(tmp_path)] == ["a", "b", "c"]


def test_a_folder_that_is_not_there_holds_no_cases(tmp_path):
    assert load_cases(tmp_path / "missing") == {}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('format = "vmstate-case"', 'format = "x"', "format is 'x', expected 'vmstate-case'"),
        ('format = "vmstate-case"', "", "format is None"),
        ("hits = 3", 'hits = "3"', "Expected `int`, got `str` - at `$.hits`"),
        ("hits = 3", "hits = 3\nnew = 1", "unknown field `new`"),
        ("hits = 3", "", "missing required field `hits`"),
        ('oracle = "future"', 'oracle = "delphi"', "Invalid enum value 'delphi'"),
        ("cycle\n", "", "trace: it has no cycle"),
        ('reload_mode = "in-place"', 'reload_mode = "often"', "Invalid enum value 'often'"),
        ('class = "state lost"', 'class = "odd"', "Invalid enum value 'odd' - at `$.class`"),
        ("hits = 3", "hits = ", "Invalid value"),
    ],
)
def test_a_corrupt_case_is_refused_with_place_and_reason(tmp_path, old, new, why):
    path = write_case(tmp_path, CASE)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(CorruptCaseError) as info:
        load_cases(tmp_path)
    assert str(info.value).startswith(f"{path}: not a readable case: ")
    assert why in str(info.value)
    assert "mend it or take it out of the corpus" in str(info.value)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CorruptCaseError, match="can't decode"):
        read_case(path)


def test_a_case_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CorruptCaseError, match="No such file"):
        read_case(tmp_path / "x.toml")


@pytest.mark.parametrize("version", ["8", '"1"'])
def test_another_format_is_refused_and_not_guessed_at(tmp_path, version):
    path = write_case(tmp_path, CASE)
    path.write_text(path.read_text().replace("\nversion = 7\n", f"\nversion = {version}\n"))
    with pytest.raises(FormatVersionError) as info:
        read_case(path)
    assert "this release reads 1, 2, 3, 4, 5, 6, 7" in str(info.value)


def test_a_folder_that_can_not_be_written_is_the_users_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError) as info:
        write_case(tmp_path / "file" / "corpus", CASE)
    assert f"can't write {tmp_path / 'file' / 'corpus'}" in str(info.value)
    assert "name a folder that can be written" in info.value.remedy


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "x.toml"
    write_file(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_file(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("version", [3, 4])
def test_a_case_without_a_second_release_or_a_whole_region_is_read_as_it_was(tmp_path, version):
    path = write_case(tmp_path, CASE)
    path.write_text(path.read_text().replace("\nversion = 7\n", f"\nversion = {version}\n"))
    assert read_case(path) == msgspec.structs.replace(CASE, version=version)


def test_a_whole_region_is_a_place_without_an_offset(tmp_path):
    case = case_from_finding(make_finding(sightings=(RegionPlace("m48t08", "nvram"),)))
    path = write_case(tmp_path, case)
    assert '{ owner = "m48t08", region = "nvram" }' in path.read_text()
    assert read_case(path).places == (RegionPlace("m48t08", "nvram"),)


@pytest.mark.parametrize("version", [1, 2])
def test_a_case_of_an_older_format_is_read_as_it_was(tmp_path, version):
    path = write_case(tmp_path, CASE)
    text = path.read_text().replace("\nversion = 7\n", f"\nversion = {version}\n")
    path.write_text(text.replace('class = "state lost"\n', ""))
    assert read_case(path) == msgspec.structs.replace(CASE, version=version, class_=None)


def test_class_and_explanation_come_back(tmp_path):
    case = msgspec.structs.replace(
        CASE, class_="leaked past reset", explanation="Nobody clears it."
    )
    path = write_case(tmp_path, case)
    assert 'class = "leaked past reset"\nexplanation = "Nobody clears it."\n' in path.read_text()
    assert read_case(path) == case


@pytest.mark.parametrize("judged", [{"explanation": "It is so."}, {"legitimate": "It must be so."}])
def test_what_a_person_said_of_a_case_is_not_written_over(tmp_path, judged):
    found = case_from_finding(make_finding())
    case = msgspec.structs.replace(found, **judged)
    write_case(tmp_path, case, "old")
    path = add_case(tmp_path, found, "new")
    assert path.name == f"{found.id}-7.2.22.toml"
    assert path.with_suffix(".py").read_text() == "new"
    assert load_cases(tmp_path) == {
        tmp_path / f"{found.id}.toml": case,
        path: msgspec.structs.replace(found, id=f"{found.id}-7.2.22"),
    }
    assert (tmp_path / f"{found.id}.py").read_text() == "old"


def test_a_finding_is_written_again_when_more_is_known_of_it(tmp_path):
    found = case_from_finding(make_finding())
    assert add_case(tmp_path, found) == add_case(tmp_path, msgspec.structs.replace(found, hits=9))
    (case,) = load_cases(tmp_path).values()
    assert case.hits == 9
