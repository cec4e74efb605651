"""``vmstate corpus``: the table of a folder of cases."""

import json

import msgspec
from click.testing import CliRunner

from harness.cli import main
from harness.cli.status import CLEAN, COULD_NOT_RUN
from harness.corpus import case_from_finding, findings_table, write_case
from tests.support.findings import make_finding

CASE = msgspec.structs.replace(case_from_finding(make_finding()), explanation="Nobody saves it.")


def vmstate_corpus(*args):
    return CliRunner().invoke(main, ["corpus", *map(str, args)])


def test_the_table_of_a_folder_is_printed(tmp_path):
    write_case(tmp_path, CASE)
    result = vmstate_corpus(tmp_path)
    assert (result.exit_code, result.stdout) == (CLEAN, findings_table([CASE]))


def test_without_a_folder_it_is_the_one_of_the_project(tmp_path, monkeypatch):
    write_case(tmp_path / "corpus", CASE)
    monkeypatch.chdir(tmp_path)
    assert CASE.id in vmstate_corpus().stdout


def test_json_has_one_object_a_case(tmp_path):
    write_case(tmp_path, CASE)
    assert json.loads(vmstate_corpus(tmp_path, "--json").stdout) == {
        "case": CASE.id,
        "device": "i8257",
        "class": "state lost",
        "releases": "qemu >=7.2.22",
        "explanation": "Nobody saves it.",
    }


def test_a_corrupt_case_is_told(tmp_path):
    (tmp_path / "x.toml").write_text("")
    result = vmstate_corpus(tmp_path)
    assert result.exit_code == COULD_NOT_RUN
    assert "not a readable case" in result.stderr
