"""Binaries: which QEMUs there are, on PATH and in the user's cache, and what each says it is.

This module asks a program for its version and its descriptions; it starts no machine.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from harness.errors import ConfigError
from harness.qemu.question import ask
from harness.qemu.suites.cache import wrapped
from vmstate.dump import Dump, read_dump

#: Seconds that ``--version`` may take.
PROBE_DEADLINE_S = 10.0

_PREFIX = "qemu-system-"
#: First line of ``--version``.  Source: QEMU 7.2 softmmu/vl.c, version().
_VERSION = re.compile(r"^QEMU emulator version ((\d+)\.(\d+)\.(\d+)[^\n]*)")

#: What a name of a fetched one begins with.
DEBIAN = "debian:"

#: The architecture of which a binary is used where none is named.
_USUAL = "x86_64"

_INSTALL = (
    "install QEMU, e.g. apt-get install qemu-system-x86, fetch it with vmstate qemu fetch "
    "debian:SUITE, or name a binary with --vmstate-qemu PATH"
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
        done = ask(path, "--version", deadline_s=deadline_s)
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


def named(name: str | Path) -> Binary:
    """Return the binary that a user names.

    Args:
        name: a path; or ``debian:SUITE/TARGET`` for one that was fetched.  Without a target
            it is the suite's x86_64, or its only one.

    Raises:
        ConfigError: there is none, or it can't be used; says what there is.
    """
    text = str(name)
    if not text.startswith(DEBIAN):
        return probe(Path(name))
    suite, _, target = text.removeprefix(DEBIAN).partition("/")
    there = [item for item in wrapped() if item.suite == suite]
    fitting = [item for item in there if item.target == (target or _USUAL)]
    if not target and len(there) == 1:
        fitting = there
    if not fitting:
        have = ", ".join(f"{DEBIAN}{item.suite}/{item.target}" for item in wrapped())
        raise ConfigError(
            f"{text} has not been fetched; there are: {have or 'none'}",
            f"fetch it with vmstate qemu fetch {DEBIAN}{suite} --arch {target or _USUAL}",
        )
    return probe(fitting[0].path)


def on_path() -> list[Binary]:
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
    return _usable(path for _, path in sorted(seen.items()))


def find() -> list[Binary]:
    """Return those of PATH, and then those that were fetched into the user's cache."""
    return on_path() + _usable(item.path for item in wrapped())


def default_for(targets: Collection[str]) -> list[Binary]:
    """Return the binary that is used of each of *targets* where none is named.

    It is the one on PATH; if PATH has none of a target, the newest that was fetched.  A
    target of which there is none is left out.
    """
    chosen = {binary.target: binary for binary in on_path() if binary.target in targets}
    missing = [item.path for item in wrapped() if item.target in {*targets} - {*chosen}]
    for binary in sorted(_usable(missing), key=lambda one: one.version):
        chosen[binary.target] = binary
    return [chosen[target] for target in targets if target in chosen]


def find_one() -> Binary:
    """Return the binary that is used where none is named.

    It is that of x86_64, on PATH or else the newest that was fetched; if there is none of
    that target, the first one of all.

    Raises:
        ConfigError: there is none.
    """
    found = default_for([_USUAL]) or find()
    if not found:
        raise ConfigError("no qemu-system-* binary was found on PATH or in the cache", _INSTALL)
    return found[0]


def _usable(paths: Iterable[Path]) -> list[Binary]:
    found = []
    for path in paths:
        try:
            found.append(probe(path))
        except ConfigError:
            # Found by its name only: nobody asked for this very file, so it is no error.
            continue
    return found


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
        options = ("-M", "none", "-display", "none", "-dump-vmstate", "/dev/stdout")
        dump = json.loads(ask(path, *options, deadline_s=deadline_s).stdout)
    except subprocess.TimeoutExpired as error:
        raise ConfigError(
            f"{path} -dump-vmstate did not end within {deadline_s:g} s", _NAME_ANOTHER
        ) from error
    except ValueError as error:
        raise ConfigError(f"{path} -dump-vmstate wrote no JSON: {error}", _NAME_ANOTHER) from error
    if not isinstance(dump, dict):
        raise ConfigError(f"{path} -dump-vmstate wrote no JSON object", _NAME_ANOTHER)
    return dump


def described_by(path: Path) -> Dump:
    """Return the descriptions of all types of devices of the program at *path*; read once.

    Raises:
        ConfigError: as :func:`dump_vmstate`.
        StreamError: the list lacks something.
    """
    return _described_by(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _described_by(path: Path, _mtime_ns: int) -> Dump:
    return read_dump(dump_vmstate(path))
