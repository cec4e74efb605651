"""A Debian machine whose archive is a folder: fakes of apt and dpkg as small scripts.

The file ``mode`` tells them what is to go wrong; the file ``calls`` what they were asked.
"""

from __future__ import annotations

import os

from harness.qemu.suites import sources

_START = (
    '#!/bin/sh\nfakes=${0%/*}\necho "${0##*/} $*" >> "$fakes/calls"\nread -r mode < "$fakes/mode"\n'
)
_FAIL = """
case "$mode" in
"$1-status "*) echo "${mode#* }"; exit 100;;
"$1-says "*) echo "${mode#* }"; exit 0;;
"$1-hangs") exec sleep 600;;
esac
"""
_SCRIPTS = {
    "apt-config": "echo 'Acquire::http::Proxy \"http://proxy\";'\n",
    "apt-cache": "echo bash seabios qemu-system-x86 qemu-system-misc\n",
    "apt-get": _FAIL
    + """
state=${APT_CONFIG%/*}
case "$1" in
update) [ "$mode" = no-lists ] || : > "$state/lists/archive_Packages";;
install) cp "$fakes"/archive/*.deb "$state/cache/archives/";;
esac
""",
    "dpkg": _FAIL
    + """
case "$1" in
--print-architecture) echo amd64;;
-x) cp -r "$fakes/archive/$(basename "$2" .deb)/." "$3";;
esac
""",
}
#: A loader that leaves out its own four arguments and starts the program.
_LOADER = '#!/bin/sh\n# knows --argv0\nshift 4\nexec "$@"\n'
_QEMU = """#!/bin/sh
case "$*" in
*--version*) echo "QEMU emulator version 5.2.0 (Fake)";;
*"-M help"*) printf 'Supported machines are:\\npc a PC\\nnone empty\\n';;
*"-accel help"*) printf 'Accelerators supported in QEMU binary:\\ntcg\\nkvm\\n';;
*"-accel qtest"*) exit 0;;
*) exit 1;;
esac
"""


class FakeDebian:
    """The machine: its programs, its archive, its cache."""

    def __init__(self, tmp_path, monkeypatch):
        self.bin = tmp_path / "fakes"
        self.cache = tmp_path / "cache/pytest-vmstate/qemu"
        self.keyring = tmp_path / "keys.gpg"
        self.etc = tmp_path / "apt"
        self.etc.mkdir()
        self.keyring.touch()
        (self.etc / "sources.list").write_text("deb ftp://archive.example/debian sid main\n")
        self._make_archive()
        for name, script in _SCRIPTS.items():
            self._program(self.bin / name, _START + script)
        self.fail("")
        monkeypatch.setenv("PATH", f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setattr(sources, "APT_FOLDER", self.etc)
        monkeypatch.setattr(sources, "KEYRINGS", (self.keyring,))

    def _make_archive(self):
        archive = self.bin / "archive"
        lib = archive / "libc6/lib/x86_64-linux-gnu"
        self._program(lib / "ld-linux-x86-64.so.2", _LOADER)
        self._program(archive / "qemu/usr/bin/qemu-system-x86_64", _QEMU)
        (archive / "qemu/usr/bin/qemu-system-amd64").symlink_to("qemu-system-x86_64")
        (archive / "libc6.deb").touch()
        (archive / "qemu.deb").touch()

    def _program(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def fail(self, mode):
        """Let a step go wrong: ``STEP-status TEXT``, ``STEP-says TEXT``, ``STEP-hangs``."""
        (self.bin / "mode").write_text(f"{mode}\n")

    @property
    def calls(self):
        """What was asked of the programs."""
        path = self.bin / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def left(self):
        """Return the names in the cache, but for locks."""
        return sorted(
            str(path.relative_to(self.cache))
            for path in self.cache.glob("*/*")
            if path.name != ".lock"
        )
