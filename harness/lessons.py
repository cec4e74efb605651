"""Lessons kept: what was learned of a device, in a file beside the corpus, for the next time.

Whoever asks again is told the same, so a job is the same whether the file was there or not;
it only takes longer.  Hence a file that is damaged, or of something else, is ignored and
written anew.  Knows files and formats; knows neither how is learned nor what for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import msgspec

from harness.corpus.store import write_file
from harness.guest import Guest
from harness.learning import Lesson, Lessons, learn
from harness.regions import Region

#: Folder in the corpus, and what files in it say that they are.
FOLDER, FORMAT = "learned", "vmstate-learned"
#: Raised whenever what is learned is another thing or means something else.
VERSION = 4
_NO_NAME = re.compile(r"[^\w.-]+")


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A file.

    Attributes:
        format, version: of the file.
        identity: of the guest: one word of it that differs makes another guest.
        regions: those asked, in order, as text.
        lessons: what was learned of each.
        digest: of all that, so that a file that was written by hand or in half is seen.
    """

    format: str = FORMAT
    version: int = VERSION
    identity: tuple[str, ...]
    regions: tuple[str, ...]
    lessons: tuple[Lesson, ...]
    digest: str = ""

    def sealed(self) -> _Kept:
        """Return it with the digest that belongs to it."""
        bare = msgspec.structs.replace(self, digest="")
        digest = hashlib.sha256(msgspec.json.encode(bare)).hexdigest()
        return msgspec.structs.replace(self, digest=digest)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept of one guest.

    Attributes:
        folder: where.
        identity: what makes the guest what it is, e.g. binary, version and arguments; empty
            for one of which nothing is kept.
    """

    folder: Path
    identity: tuple[str, ...]

    def learn(
        self,
        guest: Guest,
        regions: Sequence[Region],
        ask: Callable[[Guest, Sequence[Region]], Lessons] = learn,
    ) -> Lessons:
        """Return what there is to know about each of *regions*; ask *guest* if it is not kept.

        Raises:
            GuestError: it was asked, and did not start.
            ConfigError: the folder can't be written.
        """
        if not self.identity or not regions:
            return ask(guest, regions)
        names = tuple(" ".join(map(str, astuple(region))) for region in regions)
        path = self._path(regions[0], names)
        kept = _read(path)
        if kept is None or (kept.identity, kept.regions) != (self.identity, names):
            found = ask(guest, regions)
            lessons = tuple(found[region] for region in regions)
            kept = _Kept(identity=self.identity, regions=names, lessons=lessons).sealed()
            write_file(path, msgspec.json.format(msgspec.json.encode(kept), indent=1).decode())
        return dict(zip(regions, kept.lessons, strict=True))

    def _path(self, first: Region, names: tuple[str, ...]) -> Path:
        stamp = repr((VERSION, self.identity, names)).encode()
        name = _NO_NAME.sub("-", first.owner.type)
        return self.folder / f"{name}-{hashlib.sha256(stamp).hexdigest()[:16]}.json"


def _read(path: Path) -> _Kept | None:
    """Return what *path* holds; None if it is not there or not whole."""
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError):
        return None
    if (kept.format, kept.version) != (FORMAT, VERSION) or kept != kept.sealed():
        return None
    return kept
