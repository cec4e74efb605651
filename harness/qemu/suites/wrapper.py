"""The script that starts an unpacked QEMU with its own loader, libraries, data and modules.

Looks at files only; starts nothing.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from harness.errors import ConfigError

#: Data that QEMU looks for at paths fixed when it was built, which are not those of the tree.
_DATA = ("usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu", "usr/share/openbios")
#: Where libraries are, with and without a merged /usr.
_LIBRARY_ROOTS = ("lib", "usr/lib")
#: Names of glibc's loaders.  Source: glibc 2.41, shlib-versions and sysdeps/unix/sysv/linux.
_LOADERS = ("ld-linux*.so.*", "ld64.so.*")

#: What a program begins with.  Source: System V ABI, chapter 4.
_ELF = b"\x7fELF"


def find_loader(root: Path) -> Path:
    """Return the dynamic loader of the files unpacked at *root*.

    Raises:
        ConfigError: there is none.
    """
    for pattern in _LOADERS:
        for folder in _LIBRARY_ROOTS:
            # The link in /lib64 is absolute: it would lead to the loader of this machine.
            for path in sorted((root / folder).glob(f"*/{pattern}")):
                return path
    raise ConfigError(
        f"no dynamic loader (libc6) was unpacked into {root}",
        "the suite's packages are incomplete: name another suite, or another --mirror",
    )


def library_folders(root: Path) -> Iterator[str]:
    """Yield the folders below *root* that hold shared libraries, relative to it."""
    for name in _LIBRARY_ROOTS:
        for triplet in sorted((root / name).glob("*-linux-gnu*")):
            yield str(triplet.relative_to(root))
            for folder in sorted(path for path in triplet.iterdir() if path.is_dir()):
                # Libraries that others name by an absolute path; the loader sees to its variants.
                if folder.name != "glibc-hwcaps" and any(folder.glob("lib*.so.*")):
                    yield str(folder.relative_to(root))


def _program(root: Path, name: str) -> str:
    """Return where the program *name* is, relative to *root*.

    In bookworm ``usr/bin/qemu-system-i386`` is a script: it has the program run that stands in
    the machine's own ``usr/libexec``.
    """
    places = (f"usr/bin/{name}", f"usr/libexec/{name}")
    found = (place for place in places if (root / place).is_file() and _is_elf(root / place))
    return next(found, places[0])


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ELF)) == _ELF


def wrapper_script(root: Path, name: str, final: Path) -> str:
    """Return the script that starts the emulator *name* of the files at *root*.

    Args:
        root: where the files are now.
        name: file name of the emulator in ``usr/bin``.
        final: where they will be when the script is run.

    Raises:
        ConfigError: there is no loader at *root*.
    """
    loader = find_loader(root)
    libraries = ":".join(str(final / folder) for folder in library_folders(root))
    start = [str(final / loader.relative_to(root)), "--library-path", libraries]
    # glibc knows --argv0 from 2.33 on; an older loader would take it for the program.
    if b"--argv0" in loader.read_bytes():
        start += ["--argv0", name]
    start.append(str(final / _program(root, name)))
    data = [
        word for folder in _DATA if (root / folder).is_dir() for word in ("-L", f"{final}/{folder}")
    ]
    modules = [path for path in sorted(root.glob("usr/lib/*-linux-gnu*/qemu")) if path.is_dir()]
    lines = ["#!/bin/sh"]
    if modules:
        # A build loads its own modules only: the machine's would make it complain or abort.
        lines.append(
            f"export QEMU_MODULE_DIR={shlex.quote(str(final / modules[0].relative_to(root)))}"
        )
    # The caller's own -L come first, and so win.
    lines.append(f'exec {shlex.join(start)} "$@" {shlex.join(data)}'.rstrip())
    return "\n".join((*lines, ""))
