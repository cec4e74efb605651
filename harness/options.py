"""Options: what the user asks for, read once and checked at once.

Each option has an ini twin with the same meaning; the option wins.  Everything is plain
data, so that it reaches xdist's workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.budget import Budget
from harness.errors import ConfigError
from harness.oracles import ORACLES, USUAL_ORACLES
from harness.profiles import PROFILES, Profile

GROUP = "vmstate"
#: What is replayed where the rules that ship with the tool are wanted.
ALL_RULES = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of one run.

    Attributes:
        fuzz: whether to run the built-in suite.
        replay: which cases to replay: None for none, empty for all, :data:`ALL_RULES` for the
            rules that ship with the tool, else an id.
        guests: specs; empty for every guest that is there.
        qemus: binaries, or names of fetched ones as ``debian:SUITE/TARGET``; empty for those
            that are there.
        devices: names to which the campaign is limited; empty for all.
        oracles: names of those that are asked.
        budget: how long.
        profile_name, profile: how thoroughly.
        seed: of everything that is drawn.
        corpus: folder of the cases.
        report: folder for ``report.json``; None for no report.
    """

    fuzz: bool
    replay: str | None
    guests: tuple[str, ...]
    qemus: tuple[Path, ...]
    devices: tuple[str, ...]
    oracles: tuple[str, ...]
    budget: Budget
    profile_name: str
    profile: Profile
    seed: int
    corpus: Path
    report: Path | None

    @property
    def is_active(self) -> bool:
        """Whether there is anything for the plugin to do."""
        return self.fuzz or self.replay is not None


# Help texts: capital first letter, no full stop on a single phrase.
def add_options(parser: pytest.Parser) -> None:
    """Declare every option and its ini twin."""
    group = parser.getgroup(GROUP, "save and load the state of virtual machines")
    group.addoption(
        "--vmstate-fuzz",
        action="store_true",
        default=None,
        help="Hunt for device state that is lost when it is saved and loaded",
    )
    group.addoption(
        "--vmstate-guest",
        metavar="SPEC",
        action="append",
        help="Machine under test, e.g. model:pc, qemu:pc, qemu:q35, or between two releases "
        "qemu:pc-i440fx-7.2,reload=cross,to=11.1.3; repeatable "
        "(default: the model and every QEMU found)",
    )
    group.addoption(
        "--vmstate-qemu",
        metavar="PATH",
        action="append",
        help="QEMU binary to use, or debian:SUITE/TARGET for a fetched one; repeatable "
        "(default: the one on PATH)",
    )
    group.addoption(
        "--vmstate-device",
        metavar="NAME",
        action="append",
        help="Limit the campaign to devices of that type, name or section; repeatable",
    )
    group.addoption(
        "--vmstate-oracle",
        metavar="NAME",
        action="append",
        help=f"Ask that oracle only: {', '.join(ORACLES)}; repeatable "
        f"(default: {', '.join(USUAL_ORACLES)})",
    )
    group.addoption(
        "--vmstate-budget",
        metavar="TIME",
        help="How long: 30s, 10m, 8h, or 100000cycles for each guest "
        "(default: what the profile says)",
    )
    group.addoption(
        "--vmstate-profile",
        choices=sorted(PROFILES),
        help="How thoroughly (default: quick)",
    )
    group.addoption(
        "--vmstate-seed", metavar="N", help="Seed of everything that is drawn (default: 0)"
    )
    group.addoption(
        "--vmstate-corpus",
        metavar="DIR",
        help="Folder of known cases, to which new ones are written (default: corpus)",
    )
    group.addoption(
        "--vmstate-replay",
        metavar="ID",
        nargs="?",
        const="",
        help="Replay the cases of the corpus, the one with that id, or the tool's own 'rules'",
    )
    group.addoption("--vmstate-report", metavar="DIR", help="Write report.json into that folder")
    for name, kind, default, text in (
        ("fuzz", "bool", False, "As --vmstate-fuzz"),
        ("guest", "linelist", [], "As --vmstate-guest, one a line"),
        ("qemu", "linelist", [], "As --vmstate-qemu, one a line"),
        ("device", "linelist", [], "As --vmstate-device, one a line"),
        ("oracle", "linelist", [], "As --vmstate-oracle, one a line"),
        ("budget", "string", "", "As --vmstate-budget"),
        ("profile", "string", "quick", "As --vmstate-profile"),
        ("seed", "string", "0", "As --vmstate-seed"),
        ("corpus", "string", "corpus", "As --vmstate-corpus, relative to the root folder"),
        ("replay", "string", "", "As --vmstate-replay; 'all' for every case of the corpus"),
        ("report", "string", "", "As --vmstate-report, relative to the root folder"),
    ):
        parser.addini(f"vmstate_{name}", text, type=kind, default=default)  # type: ignore[arg-type]  # typed as literals


def read_options(config: pytest.Config) -> Options:
    """Read and check the options of *config*.

    Raises:
        ConfigError: an option makes no sense; says which, why, and what would.
    """

    def given(name: str) -> object:
        value = config.getoption(f"--vmstate-{name}")
        return config.getini(f"vmstate_{name}") if value is None else value

    profile_name = str(given("profile"))
    if profile_name not in PROFILES:
        raise ConfigError(
            f"vmstate_profile {profile_name!r} is no profile", f"use one of {', '.join(PROFILES)}"
        )
    profile = PROFILES[profile_name]
    report = str(given("report"))
    return Options(
        fuzz=bool(given("fuzz")),
        replay=_replay(config),
        guests=_words(given("guest")),
        qemus=tuple(Path(path) for path in _words(given("qemu"))),
        devices=_words(given("device")),
        oracles=_oracles(_words(given("oracle"))),
        budget=Budget.parse(str(given("budget")) or profile.budget),
        profile_name=profile_name,
        profile=profile,
        seed=_seed(str(given("seed"))),
        corpus=_folder(config, "corpus", str(given("corpus"))),
        report=_folder(config, "report", report) if report else None,
    )


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _oracles(wanted: tuple[str, ...]) -> tuple[str, ...]:
    for name in wanted:
        if name not in ORACLES:
            raise ConfigError(
                f"--vmstate-oracle {name!r} is no oracle", f"use one of {', '.join(ORACLES)}"
            )
    return tuple(name for name in ORACLES if name in (wanted or USUAL_ORACLES))


def _replay(config: pytest.Config) -> str | None:
    option = config.getoption("--vmstate-replay")
    if option is not None:
        return str(option)
    ini = str(config.getini("vmstate_replay"))
    return ("" if ini == "all" else ini) if ini else None


def _seed(text: str) -> int:
    try:
        seed = int(text, 0)
    except ValueError:
        seed = -1
    if seed < 0:
        raise ConfigError(f"--vmstate-seed {text!r} is no seed", "give a whole number of 0 or more")
    return seed


def _folder(config: pytest.Config, name: str, text: str) -> Path:
    """Return a folder: as typed on the command line, or from the root folder in an ini file.

    Where there is no ini file the root may be anywhere: pytest takes a separate word that is the
    name of a file, as in ``--vmstate-qemu /usr/bin/qemu-system-arm``, for a place of tests.
    """
    from_command_line = config.getoption(f"--vmstate-{name}") is not None
    is_typed = from_command_line or config.inipath is None
    return (config.invocation_params.dir if is_typed else config.rootpath) / text
