"""The ``vmstate`` command: the names of its subcommands, and where they are.

Owns nothing but that.  Each subcommand is a module beside this one.
"""

from __future__ import annotations

import click

from harness.cli.subcommands import Entry, LazyGroup, Subcommands

#: What each subcommand is for, as it says itself.
SUBCOMMANDS = {
    "blame": "Find the fields of a stream that a guest refuses, or dies or hangs of.",
    "convert": "Write a migration stream in another container, without loss.",
    "corpus": "Print the table of a corpus's findings, as docs/findings.md has it.",
    "decode": "Show what a migration stream holds, field by field.",
    "diff": "Compare two migration streams, field by field; 1 if they differ.",
    "edit": "Change fields and sections of a migration stream.",
    "guests": "List the guests that a campaign would use, and those that are missing.",
    "macros": "Print the reference of all VMSTATE macros, as docs/macros.md has it.",
    "noise": "Find what a guest answers otherwise although the same is done to it.",
    "power": "Measure, on any binary, how far a campaign that finds nothing can be trusted.",
    "qemu": "Fetch QEMUs of other releases, and ask them what they have.",
    "replay": "Replay case files; 1 if one fails, 2 if one could not be run.",
    "report": "Show a report.json, or the one in a folder; 1 if it has findings.",
}
_ENTRIES = {
    name: Entry(f"harness.cli.{name}", "command", text) for name, text in SUBCOMMANDS.items()
}


@click.group(
    cls=LazyGroup,
    commands=Subcommands(_ENTRIES),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="pytest-vmstate")
def main() -> None:
    """Find device state that a virtual machine loses when it is saved and loaded.

    The hunt itself is `pytest --vmstate-fuzz`.
    """
