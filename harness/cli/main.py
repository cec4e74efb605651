"""The ``vmstate`` command: the names of its subcommands, and where they are.

Owns nothing but that.  Each subcommand is a module beside this one, and is loaded when it
is asked for, so that none waits for what another one needs.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module

import click

#: What each subcommand is for, as it says itself.
SUBCOMMANDS = {
    "convert": "Write a migration stream in another container, without loss.",
    "decode": "Show what a migration stream holds, field by field.",
    "diff": "Compare two migration streams, field by field; 1 if they differ.",
    "edit": "Change fields and sections of a migration stream.",
    "guests": "List the guests that a campaign would use, and those that are missing.",
    "macros": "Print the reference of all VMSTATE macros, as docs/macros.md has it.",
    "qemu": "Fetch QEMUs of other releases, and list those that are there.",
    "replay": "Replay case files; 1 if one fails, 2 if one could not be run.",
    "report": "Show a report.json, or the one in a folder; 1 if it has findings.",
}


class Subcommands(MutableMapping[str, click.Command]):
    """The subcommands by name; each is loaded when it is looked up."""

    def __init__(self) -> None:
        self._added: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._added:
            if name not in SUBCOMMANDS:
                raise KeyError(name)
            self._added[name] = import_module(f"harness.cli.{name}").command
        return self._added[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._added[name] = command

    def __delitem__(self, name: str) -> None:
        del self._added[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*SUBCOMMANDS, *self._added}))

    def __len__(self) -> int:
        return len({*SUBCOMMANDS, *self._added})


class _Group(click.Group):
    """A group that lists its commands without loading them."""

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click passes it
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the subcommands below the help."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUBCOMMANDS.items()))


@click.group(
    cls=_Group, commands=Subcommands(), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="pytest-vmstate")
def main() -> None:
    """Find device state that a virtual machine loses when it is saved and loaded.

    The hunt itself is `pytest --vmstate-fuzz`.
    """
