"""``vmstate blame``: which fields of a stream it is that a guest does not load."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.errors import ConfigError, HarnessError
from harness.guests.factory import find_guests
from harness.localise.refusal import Piece, blamed
from harness.qemu.fresh import FreshGuest
from harness.streams.source import open_source
from vmstate.errors import StreamError

#: Bytes of a value that are shown.
_SHOWN = 16


@click.command("blame")
@click.argument("good", metavar="GOOD")
@click.argument("bad", metavar="BAD")
@click.option(
    "--guest",
    required=True,
    metavar="SPEC",
    help="Who loads them, as for --vmstate-guest: 'qemu:pc,device=e1000'.",
)
@click.option(
    "--qemu",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The binary, or debian:SUITE/TARGET; else that on PATH.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(good: str, bad: str, guest: str, qemu: Path | None, *, as_json: bool) -> None:
    """Find the fields of a stream that a guest refuses, or dies or hangs of.

    GOOD is a stream that the guest loads, its state at power-on for one; BAD is one that it does
    not.  Both are what `migrate` wrote, or qcow2 images with a snapshot (`image#name` for one of
    several).  What they hold differently is put into GOOD, in ever smaller parts, and loaded by a
    new process each time, until of each cause nothing can be left out: fields, and of each the
    bits.

    Exit status: 1 found, 0 BAD is loaded, too, 2 a stream can't be read, the guest can't be used,
    or GOOD is not loaded.
    """
    try:
        loads, refused = _bytes(good), _bytes(bad)
        with _loader(guest, (qemu,) if qemu else ()) as loader:
            why = loader.refusal(refused)
            causes = blamed(loads, refused, loader.refusal) if why else ()
    except OSError as error:
        click.echo(f"{error.filename}: can't be read: {error.strerror or error}", err=True)
        sys.exit(COULD_NOT_RUN)
    except (HarnessError, StreamError, ValueError) as error:
        click.echo(str(error), err=True)
        sys.exit(COULD_NOT_RUN)
    if as_json:
        click.echo(_document(why, causes))
    else:
        click.echo("\n".join(_lines(why, causes)))
    sys.exit(FOUND if why else CLEAN)


def _bytes(name: str) -> bytes:
    with open_source(name) as source:
        return b"".join(source.pieces())


def _loader(text: str, qemus: tuple[Path, ...]) -> FreshGuest:
    """Return the guest.

    Raises:
        ConfigError: it is not one guest, or no QEMU.
        GuestError: it did not start.
    """
    found = find_guests((text if "reload=" in text else f"{text},reload=fresh",), qemus)
    for name, why in found.missing.items():
        raise ConfigError(f"{name}: {why}", "vmstate guests lists those that there are")
    made = found.specs[0].make() if len(found.specs) == 1 else None
    if isinstance(made, FreshGuest):
        return made
    if made is not None:
        made.close()
    raise ConfigError(f"{text}: one QEMU guest is needed", "name one: qemu:pc,device=e1000")


def _lines(why: str, causes: tuple[tuple[Piece, ...], ...]) -> list[str]:
    if not why:
        return ["it is loaded"]
    lines = [why, ""]
    for number, cause in enumerate(causes, 1):
        lines.append(f"cause {number} of {len(causes)}")
        lines += [
            f"  {one.name}: {_hex(one.good)} is loaded, {_hex(one.bad)} is not  "
            f"(bits {_hex(one.bits.to_bytes(len(one.bad)))})"
            for one in cause
        ]
    return lines


def _hex(data: bytes) -> str:
    return f"0x{data[:_SHOWN].hex()}" + ("..." if len(data) > _SHOWN else "")


def _document(why: str, causes: tuple[tuple[Piece, ...], ...]) -> str:
    return msgspec.json.encode(
        {
            "schema": "vmstate-blame",
            "schema_version": 1,
            "refusal": why,
            "causes": [
                [
                    {
                        "section": one.section,
                        "instance_id": one.instance_id,
                        "path": one.path,
                        "good": one.good.hex(),
                        "bad": one.bad.hex(),
                    }
                    for one in cause
                ]
                for cause in causes
            ],
        }
    ).decode()
