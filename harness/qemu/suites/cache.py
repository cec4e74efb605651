"""The user's cache of unpacked QEMUs: what is there, who may add, and how it gets there.

::

    qemu/debian-SUITE/TREE/bin/qemu-system-*     wrappers, ready to be run
    qemu/debian-SUITE/TREE/files/                what the packages held
    qemu/debian-SUITE/TREE/manifest.json         which packages
    qemu/debian-SUITE/.new-*                     a tree in the making, or what a dead run left
    qemu/debian-SUITE/.lock                      held by whoever makes one

A tree appears by one rename, whole, and never changes.  Knows nothing of apt.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from harness.errors import ConfigError

_NEW = ".new-"
_SUITE = "debian-"
_PREFIX = "qemu-system-"


@dataclass(frozen=True, slots=True, order=True)
class Wrapped:
    """A QEMU of the cache.

    Attributes:
        suite: the Debian suite that it is of.
        target: the architecture that it emulates.
        path: the script that starts it.
    """

    suite: str
    target: str
    path: Path


def cache_folder() -> Path:
    """Return the folder of all suites in the user's cache; it need not exist."""
    return platformdirs.user_cache_path("pytest-vmstate", appauthor=False) / "qemu"


def wrapped(suite: str = "*") -> list[Wrapped]:
    """Return the QEMUs in the cache, those of one *suite* or all; one per suite and target."""
    found: dict[tuple[str, str], Wrapped] = {}
    for path in sorted(cache_folder().glob(f"{_SUITE}{suite}/[!.]*/bin/{_PREFIX}*")):
        name = path.parents[2].name.removeprefix(_SUITE)
        target = path.name.removeprefix(_PREFIX)
        found.setdefault((name, target), Wrapped(name, target, path))
    return sorted(found.values())


class SuiteFolder:
    """The folder of one suite, locked: nobody else adds to it meanwhile."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        #: Descriptor of the lock.  Children that write here inherit it, so that the lock holds
        #: as long as one of them lives, should this process be killed.
        self.lock = lock

    def has_tree(self, name: str) -> bool:
        """Whether there is a tree called *name*."""
        return (self.path / name).is_dir()

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """Give an empty folder; nothing of it remains when the block ends, well or not."""
        draft = Path(tempfile.mkdtemp(prefix=_NEW, dir=self.path))
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def publish(self, tree: Path, name: str) -> Path:
        """Make the whole folder *tree* of a draft the tree *name*, at once; return its path."""
        return tree.rename(self.path / name)


@contextmanager
def locked(suite: str) -> Iterator[SuiteFolder]:
    """Lock the folder of *suite*, made if need be, and clear what dead runs left in it.

    Raises:
        ConfigError: another run holds the lock.
        OSError: the folder can't be made or written.
    """
    path = cache_folder() / f"{_SUITE}{suite}"
    path.mkdir(parents=True, exist_ok=True)
    lock = os.open(path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(
                f"another run is fetching debian:{suite} into {path}",
                "wait until it has ended, and try again",
            ) from error
        for left in path.glob(f"{_NEW}*"):
            # Whoever made it held the lock, which is ours now: it is dead.
            shutil.rmtree(left, ignore_errors=True)
        yield SuiteFolder(path, lock)
    finally:
        os.close(lock)
