"""Binaries: which QEMUs there are, and what each says it is.

This module asks a program for its version and nothing else; it starts no machine.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from harness.errors import ConfigError

#: Seconds that ``--version`` may take.
PROBE_DEADLINE_S = 10.0

_PREFIX = "qemu-system-"
#: First line of ``--version``.  Source: QEMU 7.2 softmmu/vl.c, version().
_VERSION = re.compile(r"^QEMU emulator version ((\d+)\.(\d+)\.(\d+)[^\n]*)")

_INSTALL = (
    "install QEMU, e.g. apt-get install qemu-system-x86, or name a binary with --vmstate-qemu PATH"
)
_NAME_ANOTHER = "name a qemu-system-* binary with --vmstate-qemu PATH"


@dataclass(frozen=True, slots=True, order=True)
class Binary:
    """A QEMU system emulator.

    Attributes:
        path: the program.
        version: major, minor, micro.
        target: the emulated architecture, e.g. ``x86_64``; read from the file's name, empty
            where the name does not say.
        version_text: the version as the binary prints it, package suffix included.
    """

    path: Path
    version: tuple[int, int, int]
    target: str
    version_text: str


def probe(path: Path, *, deadline_s: float = PROBE_DEADLINE_S) -> Binary:
    """Ask the program at *path* for its version.

    Raises:
        ConfigError: there is no such program, it can't be run, it does not answer in
            *deadline_s* seconds, or what it prints is not QEMU's.
    """
    if not path.is_file():
        raise ConfigError(f"there is no QEMU at {path}", _NAME_ANOTHER)
    if not os.access(path, os.X_OK):
        raise ConfigError(
            f"{path} is not executable", f"make it executable (chmod +x), or {_NAME_ANOTHER}"
        )
    try:
        done = subprocess.run(
            [str(path), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=deadline_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError(
            f"{path} --version did not answer within {deadline_s:g} s", _NAME_ANOTHER
        ) from error
    except OSError as error:
        raise ConfigError(f"{path} can't be run: {error.strerror}", _NAME_ANOTHER) from error
    match = _VERSION.match(done.stdout)
    if match is None:
        said = (done.stdout or done.stderr).strip().splitlines()
        first = repr(said[0]) if said else "nothing"
        raise ConfigError(
            f"{path} is not a QEMU system emulator: asked for --version it printed {first}",
            _NAME_ANOTHER,
        )
    name = path.name
    target = name.removeprefix(_PREFIX) if name.startswith(_PREFIX) else ""
    version = (int(match[2]), int(match[3]), int(match[4]))
    return Binary(path, version, target, match[1].strip())


def find() -> list[Binary]:
    """Return every ``qemu-system-*`` on PATH, sorted by file name.

    Where a name occurs in several directories of PATH the first one counts, as in a shell.
    Programs that merely carry such a name are left out.
    """
    seen: dict[str, Path] = {}
    for directory in os.environ.get("PATH", "").split(os.pathsep):
        if not directory:
            continue
        for path in sorted(Path(directory).glob(f"{_PREFIX}*")):
            if path.is_file() and os.access(path, os.X_OK):
                seen.setdefault(path.name, path)
    found = []
    for _, path in sorted(seen.items()):
        try:
            found.append(probe(path))
        except ConfigError:
            # Found by its name only: nobody asked for this very file, so it is no error.
            continue
    return found


def find_one() -> Binary:
    """Return the first binary of :func:`find`, x86_64 preferred.

    Raises:
        ConfigError: there is none.
    """
    found = find()
    if not found:
        raise ConfigError("no qemu-system-* binary was found on PATH", _INSTALL)
    return next((binary for binary in found if binary.target == "x86_64"), found[0])


def dump_vmstate(path: Path, *, deadline_s: float = PROBE_DEADLINE_S) -> dict[str, object]:
    """Return what ``-dump-vmstate`` of the program at *path* writes; asked once per binary.

    It lists the descriptions of all types of devices, whatever the machine.

    Raises:
        ConfigError: it wrote no such list, or not in *deadline_s* seconds.
    """
    return _dump_vmstate(path, path.stat().st_mtime_ns, deadline_s)


@lru_cache(maxsize=16)
def _dump_vmstate(path: Path, _mtime_ns: int, deadline_s: float) -> dict[str, object]:
    try:
        done = subprocess.run(
            [str(path), "-M", "none", "-display", "none", "-dump-vmstate", "/dev/stdout"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=deadline_s,
            check=False,
        )
        dump = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise ConfigError(
            f"{path} -dump-vmstate did not end within {deadline_s:g} s", _NAME_ANOTHER
        ) from error
    except ValueError as error:
        raise ConfigError(f"{path} -dump-vmstate wrote no JSON: {error}", _NAME_ANOTHER) from error
    if not isinstance(dump, dict):
        raise ConfigError(f"{path} -dump-vmstate wrote no JSON object", _NAME_ANOTHER)
    return dump
