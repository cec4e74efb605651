"""Steps of any guest: commands as text, and cycles."""

from __future__ import annotations

from harness.command import Command
from harness.guest import Guest
from harness.observation import Observation


def run(guest: Guest, *lines: str) -> list[Observation]:
    """Run commands, one to a line; return an observation for each."""
    return guest.execute([Command.parse(line) for line in lines])


def cycle(guest: Guest) -> None:
    """Save, reset and load."""
    guest.save("c")
    guest.reset()
    guest.load("c")
