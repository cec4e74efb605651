"""Every QEMU there is, installed or fetched, and what each can do.

Asks the programs; starts no machine.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ConfigError
from harness.qemu import binaries
from harness.qemu.question import ask
from harness.qemu.suites.cache import wrapped

#: Seconds that one question may take.
ASK_DEADLINE_S = 30.0

#: What is printed above the lists of ``-M help`` and ``-accel help``.
#: Source: QEMU 7.2 softmmu/vl.c, machine_help_func() and list_accelerators().
_HEADINGS = ("Supported machines are:", "Accelerators supported in QEMU binary:")

_REMEDY = "install or fetch it anew"


@dataclass(frozen=True, slots=True)
class Found:
    """A QEMU, and what it says of itself.

    Attributes:
        path: the program, or the script that starts it.
        origin: ``PATH``, or the suite it was fetched from, as in ``debian:bookworm``.
        target: the architecture that it emulates.
        version: its version as it prints it.
        machines: how many machine types it has.
        accelerators: their names, in its order.
        qtest: whether it has the qtest accelerator, under which virtual time can be stepped.
        problem: why it can't be used; empty if it can.
    """

    path: Path
    origin: str
    target: str
    version: str = ""
    machines: int = 0
    accelerators: tuple[str, ...] = ()
    qtest: bool = False
    problem: str = ""


def find_all() -> list[Found]:
    """Return those of PATH and then those of the cache, each with what it says."""
    places = [(binary.path, "PATH", binary.target) for binary in binaries.on_path()]
    places += [(item.path, f"{binaries.DEBIAN}{item.suite}", item.target) for item in wrapped()]
    return [_describe(path, origin, target) for path, origin, target in places]


def _describe(path: Path, origin: str, target: str) -> Found:
    try:
        version = binaries.probe(path).version_text
        machines = _list(path, "-M")
        accelerators = _list(path, "-accel")
        qtest = has_qtest_accelerator(path)
    except ConfigError as error:
        return Found(path, origin, target, problem=error.what)
    return Found(path, origin, target, version, len(machines), accelerators, qtest)


def _list(path: Path, option: str) -> tuple[str, ...]:
    """Return the first word of each line that ``OPTION help`` lists.

    Raises:
        ConfigError: the program at *path* gives no list, or not in time.
    """
    done = _run(path, option, "help")
    lines = [line for line in done.stdout.splitlines() if line.strip() not in _HEADINGS]
    if done.returncode or not lines:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise ConfigError(f"{path} {option} help gave no list: {said}", _REMEDY)
    return tuple(line.split()[0] for line in lines if line.strip())


def has_qtest_accelerator(path: Path) -> bool:
    """Whether the program at *path* starts with the qtest accelerator.

    It is tried since ``-accel help`` leaves it out.
    Source: QEMU 7.2 softmmu/vl.c, list_accelerators().

    Raises:
        ConfigError: it did not end in time.
    """
    options = ("-M", "none", "-accel", "qtest", "-nodefaults", "-display", "none")
    return _run(path, *options, "-S", "-monitor", "stdio", entered="quit\n").returncode == 0


def _run(path: Path, *options: str, entered: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program at *path* to its end.

    Raises:
        ConfigError: it did not end in time.
    """
    try:
        return ask(path, *options, deadline_s=ASK_DEADLINE_S, entered=entered)
    except subprocess.TimeoutExpired as error:
        asked = " ".join((str(path), *options[:4]))
        raise ConfigError(f"{asked} did not end within {ASK_DEADLINE_S:g} s", _REMEDY) from error
