"""``vmstate guests``: what a campaign would use."""

from __future__ import annotations

import click
import msgspec

from harness.guests.factory import find_guests


@click.command("guests")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, as_json: bool) -> None:
    """List the guests that a campaign would use, and those that are missing."""
    guests = find_guests((), ())
    if as_json:
        names = [spec.name for spec in guests.specs]
        click.echo(msgspec.json.encode({"guests": names, "missing": guests.missing}).decode())
        return
    for spec in guests.specs:
        what = f"QEMU {spec.binary.version_text}, {spec.binary.path}" if spec.binary else "model"
        click.echo(f"{spec.name:<12} {what}")
    for name, why in guests.missing.items():
        click.echo(f"{name}: {why}")
