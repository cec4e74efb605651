"""The store: reads and writes case files.

Written to a temporary file and renamed, so that a reader, or whoever comes after a crash,
sees a whole case or none; named by what they hold, so that no lock is needed.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import msgspec
import tomli_w

from harness.corpus.case import FORMAT, READABLE, Case
from harness.errors import ConfigError, CorruptCaseError, FormatVersionError

#: Ending of a case file.
SUFFIX = ".toml"


def read_case(path: Path) -> Case:
    """Read one case.

    Raises:
        CorruptCaseError: the file is no case; says where and what was expected.
        FormatVersionError: it is a case of a format that this release does not read.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise CorruptCaseError(path, str(err)) from err
    if data.get("format") != FORMAT:
        raise CorruptCaseError(path, f"format is {data.get('format')!r}, expected {FORMAT!r}")
    if data.get("version") not in READABLE:
        raise FormatVersionError(path, data.get("version"), list(READABLE))
    try:
        case = msgspec.convert(data, Case)
    except msgspec.ValidationError as err:
        raise CorruptCaseError(path, str(err)) from err
    faults = case.faults()
    if faults:
        raise CorruptCaseError(path, "; ".join(faults))
    return case


def load_cases(folder: Path) -> dict[Path, Case]:
    """Read every case in *folder*, sorted by name; none if there is no such folder.

    Raises:
        CorruptCaseError, FormatVersionError: for the first file that is no readable case.
    """
    if not folder.is_dir():
        return {}
    return {path: read_case(path) for path in sorted(folder.glob(f"*{SUFFIX}"))}


def write_case(folder: Path, case: Case, reproducer: str = "") -> Path:
    """Write *case*, and its *reproducer* beside it; return the case's path.

    Raises:
        ConfigError: the folder can't be written.
    """
    path = folder / f"{case.id}{SUFFIX}"
    write_file(path, tomli_w.dumps(msgspec.to_builtins(case), multiline_strings=True))
    if reproducer:
        write_file(path.with_suffix(".py"), reproducer)
    return path


def add_case(folder: Path, case: Case, reproducer: str = "") -> Path:
    """Write *case*, which a campaign found, and its *reproducer*; return the case's path.

    A case of its name that a person has judged is kept: it says that it fails with other releases
    only, and the release is added to the name of the new one.

    Raises:
        ConfigError: the folder can't be written.
        CorruptCaseError, FormatVersionError: what has its name is no readable case.
    """
    there = folder / f"{case.id}{SUFFIX}"
    if there.exists():
        old = read_case(there)
        if old.explanation or old.legitimate:
            release = case.found_with.rpartition(" ")[2]
            case = msgspec.structs.replace(case, id=f"{case.id}-{release}")
    return write_case(folder, case, reproducer)


def write_file(path: Path, text: str) -> None:
    """Write *text* to *path* whole or not at all, making the folder where it is missing.

    Raises:
        ConfigError: it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not mkstemp: a case is for everyone who may read the folder.
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            temporary.write_text(text, "utf-8")
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as err:
        raise ConfigError(
            f"can't write {path}: {err.strerror or err}",
            "name a folder that can be written (--vmstate-corpus, --vmstate-report)",
        ) from err
