"""Fetching the QEMUs of a suite: what is missing from the cache is downloaded and wrapped.

Knows the order of the steps; each step is a module beside this one.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.errors import ConfigError
from harness.qemu.suites.apt import Archive, PrivateApt, check_programs, releases_of
from harness.qemu.suites.cache import SuiteFolder, Wrapped, cache_folder, locked, wrapped
from harness.qemu.suites.sources import archive_uri, keyring
from harness.qemu.suites.targets import COMPANIONS, check_targets, no_package, package_of
from harness.qemu.suites.wrapper import wrapper_script


def fetch(
    suite: str,
    targets: Sequence[str],
    *,
    mirror: str | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> list[Wrapped]:
    """Return the emulators of *targets* in *suite*, fetched if they are not in the cache.

    Args:
        suite: a Debian suite, e.g. ``bookworm-backports``.
        targets: architectures that are emulated, e.g. ``x86_64``.
        mirror: address of the archive; the machine's own if not given.
        say: is called with a line on each step.

    Raises:
        ConfigError: that can't be done; it says why, and the cache is as it was.
    """
    releases_of(suite)
    check_targets(targets)
    if missing := _missing(suite, targets):
        check_programs()
        archive = Archive(archive_uri() if mirror is None else mirror, suite, keyring())
        try:
            with locked(suite) as folder:
                # Another run may have added some since.
                if missing := _missing(suite, missing):
                    _add_tree(folder, archive, missing, say)
        except OSError as error:
            raise _cache_error(suite, error) from error
    return [emulator for emulator in wrapped(suite) if emulator.target in targets]


def _missing(suite: str, targets: Sequence[str]) -> list[str]:
    have = {emulator.target for emulator in wrapped(suite)}
    return [target for target in targets if target not in have]


def _cache_error(suite: str, error: OSError) -> ConfigError:
    where = error.filename or cache_folder()
    if error.errno == errno.ENOSPC:
        return ConfigError(
            f"there is no space left for debian:{suite} at {where}",
            "make room (a suite takes up to 1 GB meanwhile), or set XDG_CACHE_HOME",
        )
    return ConfigError(
        f"the cache can't be written at {where}: {error.strerror}",
        "make it writable, or set XDG_CACHE_HOME to a folder that is",
    )


def _add_tree(
    folder: SuiteFolder, archive: Archive, targets: Sequence[str], say: Callable[[str], None]
) -> None:
    """Download and wrap the emulators of *targets*, as one tree.

    Raises:
        ConfigError: that can't be done.
        OSError: the folder can't be written.
    """
    suite = archive.suite
    with folder.draft() as draft:
        apt = PrivateApt(draft / "apt", archive, keep_open=(folder.lock,))
        say(f"debian:{suite}: reading the lists of {archive.uri}")
        apt.update()
        names = apt.package_names()
        packages = sorted({package_of(target, suite, names) for target in targets})
        final = folder.path / "+".join(packages)
        tree = draft / "tree"
        if not folder.has_tree(final.name):
            say(f"debian:{suite}: downloading {', '.join(packages)} and what they need")
            debs = apt.download([*packages, *(name for name in COMPANIONS if name in names)])
            say(f"debian:{suite}: unpacking {len(debs)} packages")
            tree.mkdir()
            apt.unpack(debs, tree / "files")
            _wrap(tree, final)
            _write_manifest(tree, archive, packages, debs)
            folder.publish(tree, final.name)
    there = {emulator.target for emulator in wrapped(suite)}
    for target in targets:
        if target not in there:
            raise no_package(target, suite, [f"qemu-system-{name}" for name in sorted(there)])


def _wrap(tree: Path, final: Path) -> None:
    """Write a wrapper for each emulator among the files of *tree*."""
    (tree / "bin").mkdir()
    files = tree / "files"
    for emulator in sorted((files / "usr/bin").glob("qemu-system-*")):
        if emulator.is_symlink():  # another name of one that is here too
            continue
        wrapper = tree / "bin" / emulator.name
        wrapper.write_text(wrapper_script(files, emulator.name, final / "files"))
        wrapper.chmod(0o755)


def _write_manifest(
    tree: Path, archive: Archive, packages: Sequence[str], debs: Sequence[Path]
) -> None:
    """Write what *tree* was made of."""
    manifest = {
        "format": "vmstate-qemu-tree",
        "version": 1,
        "suite": archive.suite,
        "archive": archive.uri,
        "packages": list(packages),
        "files": [deb.name for deb in debs],
    }
    text = json.dumps(manifest, indent=1, sort_keys=True)
    (tree / "manifest.json").write_text(f"{text}\n")
