"""apt-get with a state of its own: asks a suite, downloads its packages, unpacks them.

Nothing of the machine's own state is read or written but apt's settings of the network.
Signatures are always checked.  Knows nothing of QEMU, and nothing of the cache.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ConfigError

#: Seconds that one program may take; a download of 200 MB over a slow line is the longest.
STEP_DEADLINE_S = 1800.0
#: Programs that are needed, and the package that each is in.
PROGRAMS = ("apt-get", "apt-cache", "apt-config", "dpkg")

#: Settings of the machine that say how to reach an archive.  Source: apt.conf(5).
_NETWORK = re.compile(
    r"^Acquire::(?:https?|ftp|Retries|ForceIPv[46]|Check-Valid-Until|Check-Date)\b"
)

_OFFLINE = re.compile(
    r"Could not resolve|Temporary failure resolving|Could not connect|Unable to connect"
    r"|Network is unreachable|Connection (?:failed|refused|timed out)|No route to host",
)
_NO_SUITE = re.compile(r"does not have a Release file|404 +Not Found")
_NOT_SIGNED = re.compile(
    r"NO_PUBKEY|is not signed|GPG error|BADSIG|EXPKEYSIG|Sub-process /usr/bin/sqv"
)
_NO_SPACE = re.compile(r"have enough free space|No space left on device")


def check_programs() -> None:
    """Refuse a machine without apt.

    Raises:
        ConfigError: a program is not on PATH.
    """
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise ConfigError(
                f"{program} is not on PATH: fetching needs the package tools of Debian",
                "fetch on a Debian system (or one made from it), or install QEMU another way and"
                " name it with --vmstate-qemu PATH",
            )


def releases_of(suite: str) -> tuple[str, ...]:
    """Return *suite* and what its packages lean on: backports hold no whole release.

    Raises:
        ConfigError: *suite* can't be a suite's name.
    """
    if re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", suite) is None:
        raise ConfigError(
            f"debian:{suite} names no suite", "write a name like debian:bookworm-backports"
        )
    if suite == "experimental":
        return (suite, "sid")
    base = suite.removesuffix("-backports")
    return (suite,) if base == suite else (suite, base)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive and what is wanted of it.

    Attributes:
        uri: its address.
        suite: the suite, as in ``debian:SUITE``.
        keyring: the keys that its signatures are checked with.
    """

    uri: str
    suite: str
    keyring: Path


class PrivateApt:
    """apt with all its state below one folder."""

    def __init__(self, root: Path, archive: Archive, *, keep_open: Sequence[int] = ()) -> None:
        """Write the configuration below *root*.

        Args:
            root: a folder to be made.
            archive: what is asked.
            keep_open: descriptors that the programs inherit.
        """
        root.mkdir()
        self._root = root
        self._archive = archive
        self._keep_open = tuple(keep_open)
        self._environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        network = self._run("apt-config", "dump")
        architecture = self._run("dpkg", "--print-architecture").strip()
        for name in ("none", "lists/partial", "cache/archives/partial"):
            (root / name).mkdir(parents=True)
        (root / "status").touch()
        (root / "debian.sources").write_text(
            f"Types: deb\nURIs: {archive.uri}\nSuites: {' '.join(releases_of(archive.suite))}\n"
            f"Components: main\nSigned-By: {archive.keyring}\n"
        )
        conf = root / "apt.conf"
        conf.write_text(configuration(root, network, architecture))
        self._environment["APT_CONFIG"] = str(conf)

    def update(self) -> None:
        """Fetch the suite's lists, and check their signatures.

        Raises:
            ConfigError: the archive can't be reached, has no such suite, or its signature is
                not good.
        """
        log = self._run("apt-get", "update", "-q")
        # Where a list can't be had apt-get may end well, with a warning.
        if "Failed to fetch" in log or not list((self._root / "lists").glob("*_Packages*")):
            raise self._error("apt-get update", 0, log)

    def package_names(self) -> frozenset[str]:
        """Return the names of all packages of the suite."""
        return frozenset(self._run("apt-cache", "pkgnames").split())

    def download(self, packages: Sequence[str]) -> list[Path]:
        """Download *packages* with all that they depend on; return the files.

        Raises:
            ConfigError: that can't be done; it says why.
        """
        self._run(
            *("apt-get", "install", "-y", "-q", "--no-install-recommends", "--download-only"),
            *("-t", self._archive.suite, *packages),
        )
        return sorted((self._root / "cache/archives").glob("*.deb"))

    def unpack(self, packages: Sequence[Path], into: Path) -> None:
        """Unpack the files *packages* into one folder.

        Raises:
            ConfigError: that can't be done; it says why.
        """
        into.mkdir()
        for package in packages:
            self._run("dpkg", "-x", str(package), str(into))

    def _run(self, *argv: str) -> str:
        """Run a program to its end and return all that it printed.

        Raises:
            ConfigError: it failed, or did not end in time.
        """
        # A file, since a pipe would be held open by whatever outlives the program.
        log = self._root / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self._environment,
                pass_fds=self._keep_open,
                start_new_session=True,
            )
            try:
                status = process.wait(STEP_DEADLINE_S)
            except subprocess.TimeoutExpired as error:
                raise ConfigError(
                    f"{' '.join(argv[:2])} did not end within {STEP_DEADLINE_S:g} s",
                    f"see whether {self._archive.uri} answers, or name another with --mirror URL",
                ) from error
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        text = log.read_text("utf-8", errors="replace")
        if status:
            raise self._error(" ".join(argv[:2]), status, text)
        return text

    def _error(self, step: str, status: int, log: str) -> ConfigError:
        """Return the error that *log* tells of."""
        archive = self._archive
        lines = [line for line in log.splitlines() if line.startswith(("E:", "W:", "Err:", "dpkg"))]
        said = "\n".join(f"    {line}" for line in (lines or log.splitlines())[-3:])
        if _NO_SPACE.search(log):
            what = f"there is no space left for debian:{archive.suite} at {self._root.parent}"
            remedy = "make room (a suite takes up to 1 GB meanwhile), or set XDG_CACHE_HOME"
        elif _OFFLINE.search(log):
            what = (
                f"the archive {archive.uri} can't be reached,"
                f" and what you asked of debian:{archive.suite} is not in the cache"
            )
            remedy = "connect this machine, or name an archive in reach with --mirror URL"
        elif _NOT_SIGNED.search(log):
            what = f"the signature of debian:{archive.suite} is not one of {archive.keyring}"
            remedy = "upgrade debian-archive-keyring, or see whether --mirror is a Debian archive"
        elif _NO_SUITE.search(log):
            what = f"the archive {archive.uri} has no suite {archive.suite!r}"
            remedy = "see its folder dists/ for those it has, or name another with --mirror URL"
        else:
            what = f"{step} failed with exit status {status} for debian:{archive.suite}"
            remedy = f"see whether {archive.uri} is whole, or name another with --mirror URL"
        return ConfigError(f"{what}\n{said}" if said else what, remedy)


def configuration(root: Path, dump: str, architecture: str) -> str:
    """Return an ``apt.conf`` that keeps all state below *root*.

    Args:
        root: the folder.
        dump: what ``apt-config dump`` prints of the machine; only how to reach an archive is
            taken from it, for its other parts may run programs after each step.
        architecture: Debian's name of this machine's architecture.
    """
    settings = {
        "Dir::State": root,
        "Dir::State::lists": root / "lists",
        "Dir::State::status": root / "status",
        "Dir::Cache": root / "cache",
        "Dir::Etc::main": root / "none/apt.conf",
        "Dir::Etc::parts": root / "none",
        "Dir::Etc::sourcelist": root / "debian.sources",
        "Dir::Etc::sourceparts": root / "none",
        "Dir::Etc::preferences": root / "none/preferences",
        "Dir::Etc::preferencesparts": root / "none",
        "Dir::Log": root,
        "APT::Architecture": architecture,
        "APT::Update::Error-Mode": "any",
        # The folder is the user's own, and apt's own user can't enter it.
        "APT::Sandbox::User": "root",
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::AllowWeakRepositories": "false",
        "Acquire::AllowDowngradeToInsecureRepositories": "false",
        "Acquire::Languages": "none",
    }
    lines = [line for line in dump.splitlines() if _NETWORK.match(line)]
    lines += [f'{name} "{value}";' for name, value in settings.items()]
    lines.append(f'APT::Architectures {{ "{architecture}"; }};')
    return "\n".join((*lines, ""))
