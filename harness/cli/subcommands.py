"""Groups of commands that are loaded when they are asked for.

So none waits for what another one needs.  Owns how that is done; which commands there are
is said by the groups themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import cast

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """One command of a group.

    Attributes:
        module: full name of the module that it is in.
        name: its name in there.
        help: what it is for, as it says itself in its first line.
    """

    module: str
    name: str
    help: str


class Subcommands(MutableMapping[str, click.Command]):
    """The commands of a group by name; each is loaded when it is looked up."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries = entries
        self._added: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._added:
            entry = self.entries[name]
            self._added[name] = getattr(import_module(entry.module), entry.name)
        return self._added[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._added[name] = command

    def __delitem__(self, name: str) -> None:
        del self._added[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self.entries, *self._added}))

    def __len__(self) -> int:
        return len({*self.entries, *self._added})


class LazyGroup(click.Group):
    """A group that lists its commands without loading them."""

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click passes it
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the commands below the help."""
        entries = cast("Subcommands", self.commands).entries
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in entries.items()])
