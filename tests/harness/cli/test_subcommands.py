"""Groups whose commands are loaded when they are asked for."""

import sys

import click
import pytest
from click.testing import CliRunner

from harness.cli.subcommands import Entry, LazyGroup, Subcommands

MODULE = "a_module_with_two_commands"
SOURCE = """
import click

@click.command("loud")
def loud_command():
    "Shout."
    click.echo("AHOY")
"""


@pytest.fixture
def entries(tmp_path, monkeypatch):
    (tmp_path / f"{MODULE}.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    return {
        "loud": Entry(MODULE, "loud_command", "Shout, as it says itself."),
        "gone": Entry(f"{MODULE}_of_none", "command", "Never loaded."),
    }


def test_the_list_of_commands_loads_none(entries):
    group = click.command("group", cls=LazyGroup, commands=Subcommands(entries))(lambda: None)
    result = CliRunner().invoke(group, ["--help"])
    assert result.exit_code == 0
    assert "  loud  Shout, as it says itself.\n  gone  Never loaded.\n" in result.output
    assert MODULE not in sys.modules


def test_a_command_is_loaded_when_it_is_called(entries):
    group = click.command("group", cls=LazyGroup, commands=Subcommands(entries))(lambda: None)
    assert CliRunner().invoke(group, ["loud"]).output == "AHOY\n"
    assert MODULE in sys.modules


def test_commands_can_be_added_and_taken_away(entries):
    commands = Subcommands(entries)
    commands["more"] = click.Command("more")
    assert commands["more"].name == "more"
    assert (len(commands), list(commands)) == (3, ["gone", "loud", "more"])
    del commands["more"]
    assert "more" not in commands


def test_what_is_not_there_is_not_found(entries):
    assert "none" not in Subcommands(entries)
    with pytest.raises(ModuleNotFoundError):
        Subcommands(entries)["gone"]
