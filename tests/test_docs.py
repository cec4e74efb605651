"""The documents say what is so: commands, options, outcomes; and the finding is a real one."""

from __future__ import annotations

import re
import shlex
from contextlib import closing
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.cli.qemu import COMMANDS
from harness.corpus import Outcome, read_case
from harness.profiles import PROFILES
from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.session import Session
from harness.report.records import FindingRecord
from harness.report.text import finding_lines

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
USAGE = (ROOT / "docs" / "usage.md").read_text("utf-8")
STREAMS = (ROOT / "docs" / "streams.md").read_text("utf-8")
DOCS = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").glob("*.md"))]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def make_targets() -> dict[str, str]:
    return dict(re.findall(r"^(\w+):.*##\s*(.+)$", MAKEFILE, re.MULTILINE))


def test_every_make_target_that_the_readme_names_exists():
    named = set(re.findall(r"\bmake (\w+)", README))
    assert {"fuzz", "test"} <= named
    assert named <= set(make_targets())


def test_every_phony_target_has_a_line_of_help():
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == set(make_targets())


def test_the_test_command_of_the_readme_is_what_ci_runs():
    assert "make test" in README
    assert "exec make test" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_every_option_and_its_meaning_stands_in_the_usage(pytestconfig):
    options = {
        name
        for group in pytestconfig._parser._groups
        for option in group.options
        for name in option.names()
        if name.startswith("--vmstate-")
    }
    assert len(options) == 11
    documented = set(re.findall(r"^\| `(--vmstate-\w+)", USAGE, re.MULTILINE))
    assert documented == options


def test_every_option_of_the_readme_exists():
    documented = set(re.findall(r"--vmstate-\w+", USAGE))
    assert set(re.findall(r"--vmstate-\w+", README)) <= documented


def test_every_replay_outcome_stands_in_the_usage():
    assert {outcome.value for outcome in Outcome} == set(
        re.findall(r"^\| ([A-Z ]{5,}): ", USAGE, re.MULTILINE)
    )


def test_every_profile_stands_in_the_usage_with_its_numbers():
    for name, profile in PROFILES.items():
        number, unit = profile.budget[:-1], profile.budget[-1]
        assert re.search(rf"`{name}` \({number} {unit}, {profile.confirmations}\b", USAGE), name


def test_every_command_has_help_and_stands_in_the_usage():
    assert isinstance(main, click.Group)
    for name, command in main.commands.items():
        assert command.help, name
        assert f"`vmstate {name}" in USAGE


def test_every_command_about_qemus_stands_in_the_usage():
    for name in COMMANDS:
        assert re.search(rf"^\| `vmstate qemu {name}\b", USAGE, re.MULTILINE), name


def test_the_finding_in_the_readme_is_the_one_in_the_corpus():
    [path] = sorted((ROOT / "corpus").glob("i8257-*.toml"))
    case = read_case(path)
    record = FindingRecord(
        case=case, jobs=(), reproducer=path.with_suffix(".py").read_text("utf-8")
    )
    printed = "\n".join(finding_lines(record, f"pytest --vmstate-replay {case.id}"))
    assert printed in README


def test_every_path_that_a_document_links_to_exists():
    documents = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", *DOCS)
    for document in documents:
        path = ROOT / document
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), f"{document}: {target}"


@pytest.mark.parametrize("template", ["gitlab-nightly.yml", "github-nightly.yml"])
def test_a_nightly_template_uses_options_that_exist_and_keeps_corpus_and_report(template):
    text = (ROOT / ".ci" / "templates" / template).read_text("utf-8")
    options = set(re.findall(r"--vmstate-\w+", text))
    assert options <= set(re.findall(r"--vmstate-\w+", USAGE))
    assert {"--vmstate-budget", "--vmstate-corpus", "--vmstate-report", "--vmstate-seed"} <= options
    assert "always" in text


def test_the_python_blocks_of_the_documents_run():
    for document in ("README.md", *DOCS):
        namespace: dict[str, object] = {}
        for block in blocks((ROOT / document).read_text("utf-8"), "python"):
            exec(compile(block, document, "exec"), namespace)


def printed_by(line):
    """Return what *line* prints: commands of ours, joined by pipes."""
    data, said = b"", ""
    for command in line.split(" | "):
        name, *arguments = shlex.split(command)
        assert name == "vmstate", line
        result = CliRunner().invoke(main, arguments, input=data, prog_name="vmstate")
        assert result.exception is None or isinstance(result.exception, SystemExit), line
        data, said = result.stdout_bytes, said + result.stderr
    return data.decode("utf-8") + said


@pytest.fixture(scope="module")
def machines(tmp_path_factory):
    """Return a folder with the streams and the image that a page speaks of."""
    folder = tmp_path_factory.mktemp("machines")
    machine = Machine(find_one().path, "pc-i440fx-7.2")
    with closing(Session(machine, 10.0)) as session:
        (folder / "before.stream").write_bytes(session.migration_stream("before"))
    with closing(Session(machine, 10.0)) as session:
        assert session.hmp("savevm before", "before") == ""
        session.exchange(["outb 0x70 0x0b", "outb 0x43 0xb6"], "writing")
        assert session.hmp("savevm after", "after") == ""
        image = session.process.directory / "snapshots.qcow2"
        (folder / "disk.qcow2").write_bytes(image.read_bytes())
        (folder / "after.stream").write_bytes(session.migration_stream("after"))
    return folder


def commands_of(text):
    """Return each command of the console blocks of *text*, and what it prints there."""
    for block in blocks(text, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, printed = part.partition("\n")
            yield line, printed


@pytest.mark.qemu
def test_the_commands_of_the_page_on_streams_print_what_it_says(machines, monkeypatch):
    monkeypatch.chdir(machines)
    told = list(commands_of(STREAMS))
    assert len(told) >= 18
    for line, printed in told:
        got = printed_by(line)
        assert OutputChecker().check_output(printed, got, ELLIPSIS), f"$ {line}\n{got}"


@pytest.mark.qemu
def test_the_python_of_the_page_on_streams_reads_a_snapshot(machines):
    namespace: dict[str, object] = {}
    [block] = blocks(STREAMS, "python")
    exec(compile(block, "docs/streams.md", "exec"), namespace)
    before, after = (
        namespace["fields_of"](machines / "disk.qcow2", name) for name in ("before", "after")
    )
    assert before.keys() == after.keys()
    index = ("mc146818rtc", 0, "cmos_index")
    assert (before[index], after[index]) == (0, 11)
