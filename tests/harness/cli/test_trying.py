"""The options of commands that start many QEMUs: the same in each."""

import click
import pytest
from click.testing import CliRunner

from harness.cli.qemu_devices import devices_command
from harness.cli.qemu_machines import machines_command
from harness.cli.trying import trying_options


@click.command()
@trying_options
def command(workers, deadline_s):
    click.echo(f"{workers} {deadline_s:g}")


def run(*args):
    return CliRunner().invoke(command, args)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ((), "2 30"),
        (("-j", "5"), "5 30"),
        (("--jobs", "1", "--timeout", "0.5"), "1 0.5"),
    ],
)
def test_they_are_how_many_and_how_long(given, taken):
    assert run(*given).stdout == f"{taken}\n"


@pytest.mark.parametrize(
    "given", [("-j", "0"), ("-j", "many"), ("--timeout", "0"), ("--timeout", "-1")]
)
def test_what_is_no_number_of_them_is_refused(given):
    result = run(*given)
    assert result.exit_code == 2
    assert f"Invalid value for '{given[0]}" in result.stderr


def test_both_commands_have_them_and_say_the_same_of_them():
    def told(one):
        text = CliRunner().invoke(one, ["--help"], terminal_width=100).stdout
        lines = [line.split() for line in text.splitlines()]
        return [line for line in lines if line[:1] in (["-j,"], ["--timeout"])]

    assert told(devices_command) == told(machines_command)
    assert len(told(devices_command)) == 2
