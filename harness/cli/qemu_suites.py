"""``vmstate qemu fetch`` and ``vmstate qemu list``: QEMUs of other releases."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click
import msgspec

from harness.cli.status import COULD_NOT_RUN
from harness.errors import ConfigError
from harness.qemu.binaries import DEBIAN
from harness.qemu.found import Found, find_all
from harness.qemu.suites.fetch import fetch


@click.command("fetch")
@click.argument("release", metavar="debian:SUITE")
@click.option(
    "--arch",
    default="x86_64",
    show_default=True,
    metavar="TARGET,...",
    help="The architectures to be emulated.",
)
@click.option("--mirror", metavar="URL", help="The archive; else that of this machine's apt.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fetch_command(release: str, arch: str, mirror: str | None, *, as_json: bool) -> None:
    """Unpack the QEMU of a Debian suite into the user's cache.

    Nothing is installed, and what is in the cache is not downloaded again.
    """
    suite = release.removeprefix(DEBIAN)
    targets = list(dict.fromkeys(name.strip() for name in arch.split(",") if name.strip()))
    if suite == release or not targets:
        click.echo(
            f"{release!r} with --arch {arch!r} names nothing to fetch\n"
            "  write e.g. vmstate qemu fetch debian:bookworm --arch x86_64,aarch64",
            err=True,
        )
        sys.exit(COULD_NOT_RUN)
    try:
        found = fetch(suite, targets, mirror=mirror, say=lambda line: click.echo(line, err=True))
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(COULD_NOT_RUN)
    if as_json:
        rows = [{"target": item.target, "path": str(item.path)} for item in found]
        click.echo(msgspec.json.encode({"suite": suite, "binaries": rows}).decode())
        return
    for item in found:
        click.echo(item.path)


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(*, as_json: bool) -> None:
    """List the QEMUs on PATH and in the cache, and what each can do."""
    found = find_all()
    if as_json:
        rows = [{**asdict(item), "path": str(item.path)} for item in found]
        click.echo(msgspec.json.encode({"binaries": rows}).decode())
        return
    for item in found:
        click.echo(_row(item))
    if not found:
        click.echo("there is no QEMU: vmstate qemu fetch debian:SUITE gets one", err=True)


def _row(item: Found) -> str:
    start = f"{item.origin:<26} {item.target:<12}"
    if item.problem:
        return f"{start} can't be used: {item.problem}"
    qtest = "with" if item.qtest else "without"
    return (
        f"{start} {item.version}, {item.machines} machine types,"
        f" accelerators {' '.join(item.accelerators)} ({qtest} qtest), {item.path}"
    )
