"""``vmstate qemu``: the names of its commands, and where they are."""

from __future__ import annotations

import click

from harness.cli.subcommands import Entry, LazyGroup, Subcommands

#: What each command is for, as it says itself.
COMMANDS = {
    "devices": Entry(
        "harness.cli.qemu_devices",
        "devices_command",
        "List the devices that can be created, with the arguments that do it.",
    ),
    "fetch": Entry(
        "harness.cli.qemu_suites",
        "fetch_command",
        "Unpack the QEMU of a Debian suite into the user's cache.",
    ),
    "list": Entry(
        "harness.cli.qemu_suites",
        "list_command",
        "List the QEMUs on PATH and in the cache, and what each can do.",
    ),
    "machines": Entry(
        "harness.cli.qemu_machines",
        "machines_command",
        "List the machine types of a binary; with --try, which start, save and load.",
    ),
}


@click.group("qemu", cls=LazyGroup, commands=Subcommands(COMMANDS))
def command() -> None:
    """Fetch QEMUs of other releases, and ask them what they have.

    Each of its commands takes --json.
    """
