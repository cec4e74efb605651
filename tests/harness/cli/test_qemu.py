"""``vmstate qemu``: its commands say of themselves what the list of them says."""

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.cli.qemu import COMMANDS, command
from harness.cli.status import CLEAN, COULD_NOT_RUN


def test_every_command_is_there():
    assert set(COMMANDS) == {"devices", "fetch", "list", "machines"}
    assert dict(command.commands).keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_says_of_itself_what_the_list_says(name):
    found = command.commands[name]
    assert found.name == name
    assert found.help.partition("\n")[0] == COMMANDS[name].help
    result = CliRunner().invoke(main, ["qemu", name, "--help"])
    assert result.exit_code == CLEAN
    assert f"Usage: main qemu {name} " in result.output
    assert "--json" in result.output


def test_the_help_lists_the_commands():
    result = CliRunner().invoke(main, ["qemu", "--help"])
    assert result.exit_code == CLEAN
    for name in COMMANDS:
        assert f"\n  {name} " in result.output


def test_an_unknown_command_is_refused():
    result = CliRunner().invoke(main, ["qemu", "invent"])
    assert result.exit_code == COULD_NOT_RUN
    assert "No such command 'invent'" in result.output
