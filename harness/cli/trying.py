"""The options of commands that start a QEMU for each thing that they try.

Owns their names, bounds and defaults, which are the same in each of those commands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from harness.qemu.discovery.attempt import DEADLINE_S

#: How many QEMUs are started at once unless told otherwise.
WORKERS = 2

_Command = TypeVar("_Command", bound=Callable[..., Any])


def trying_options(command: _Command) -> _Command:
    """Give *command* ``-j`` as *workers* and ``--timeout`` as *deadline_s*, in seconds."""
    workers = click.option(
        "-j",
        "--jobs",
        "workers",
        metavar="N",
        type=click.IntRange(1),
        default=WORKERS,
        show_default=True,
        help="How many QEMUs are started at once.",
    )
    deadline = click.option(
        "--timeout",
        "deadline_s",
        metavar="SECONDS",
        type=click.FloatRange(min=0, min_open=True),
        default=DEADLINE_S,
        show_default=True,
        help="How long QEMU may take to start, and for each step and question.",
    )
    return workers(deadline(command))
