"""Where the Debian archive is, and whose signatures count, as this machine is set up.

Reads apt's lists of sources.  Knows no address of its own, and fetches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import ConfigError

#: Where apt keeps its lists.  Source: sources.list(5).
APT_FOLDER = Path("/etc/apt")
#: Where the package debian-archive-keyring puts the keys: trixie's name, and the one before.
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
)

_ONE_LINE = re.compile(r"^deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Source:
    """One archive that apt is told of.

    Attributes:
        uri: its address.
        suites: the suites that are used of it.
        components: the components that are used of it.
        signed_by: the keyring that apt is told to check it with; may be empty.
    """

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""

    @property
    def is_debian(self) -> bool:
        """Whether this is a Debian archive of whole suites, rather than of security updates."""
        if "main" not in self.components or urlsplit(self.uri).scheme == "cdrom":
            return False
        if all(suite.rstrip("/").endswith(("-security", "/updates")) for suite in self.suites):
            return False
        segments = urlsplit(self.uri).path.split("/")
        return "debian-archive-" in self.signed_by or "debian" in segments


def sources_from_list(text: str) -> Iterator[Source]:
    """Yield the binary archives of a ``.list`` file: one on each line."""
    for line in text.splitlines():
        match = _ONE_LINE.match(line.partition("#")[0].strip())
        if match is None:
            continue
        options = {
            key.lower(): value
            for key, sep, value in (word.partition("=") for word in (match[1] or "").split())
            if sep
        }
        yield Source(match[2], (match[3],), tuple(match[4].split()), options.get("signed-by", ""))


def sources_from_stanzas(text: str) -> Iterator[Source]:
    """Yield the binary archives of a ``.sources`` file: paragraphs of fields."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
                continue
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in {"no", "false", "off", "0", "without"}:
            continue
        suites = tuple(fields.get("suites", "").split())
        components = tuple(fields.get("components", "").split())
        for uri in fields.get("uris", "").split():
            yield Source(uri, suites, components, fields.get("signed-by", ""))


def read_sources(folder: Path) -> list[Source]:
    """Return the archives that the files in apt's *folder* name, in apt's order.

    Raises:
        ConfigError: a file can't be read.
    """
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    found: list[Source] = []
    for file in files:
        if not file.is_file() or file.suffix not in {".list", ".sources"}:
            continue
        try:
            text = file.read_text("utf-8", errors="replace")
        except OSError as error:
            raise ConfigError(
                f"{file} can't be read: {error.strerror}",
                "make it readable, or name a Debian archive with --mirror URL",
            ) from error
        found += (sources_from_list if file.suffix == ".list" else sources_from_stanzas)(text)
    return found


def archive_uri() -> str:
    """Return the address of the Debian archive that this machine uses.

    Raises:
        ConfigError: its apt names none.
    """
    debian = [source for source in read_sources(APT_FOLDER) if source.is_debian]
    if not debian:
        raise ConfigError(
            f"no Debian archive is named in {APT_FOLDER}/sources.list or the files of"
            f" {APT_FOLDER}/sources.list.d",
            "name one with --mirror URL",
        )
    # What is checked with Debian's keys is Debian's own; others merely have it in their path.
    return min(debian, key=lambda source: "debian-archive-" not in source.signed_by).uri


def keyring() -> Path:
    """Return the installed keyring of the Debian archive.

    Raises:
        ConfigError: there is none.
    """
    for path in KEYRINGS:
        if path.is_file():
            return path
    raise ConfigError(
        f"the keys of the Debian archive are not installed: there is no {KEYRINGS[-1]}",
        "install them with apt-get install debian-archive-keyring; nothing unsigned is fetched",
    )
