"""Runs of pytest with the plugin, each in a folder of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import tomli_w

# What a run inside a test imports and this process has not, is imported anew every time.
import harness.cli
import harness.session  # noqa: F401 (see above)
from device_models.catalog import MACHINES
from tests.support import faulty_pc

ROOT = Path(__file__).parents[2]
#: A hunt for the planted bug: it takes about a second and finds it, with this seed and with
#: nearly all others.
HUNT = (
    "--vmstate-fuzz",
    "--vmstate-guest=model:pc",
    "--vmstate-device=isa-i8259[0]",
    "--vmstate-budget=20cycles",
)
#: What makes it two jobs.
TWO = ("--vmstate-device=isa-pit", "--vmstate-budget=40cycles")
#: What the corpus holds when it has been found.
CASE = {
    "format": "vmstate-case",
    "version": 1,
    "id": "imr-lost",
    "title": "isa-i8259 loses imr",
    "guest": "model:pc",
    "oracle": "future",
    "kind": "state lost",
    "fails": "pytest-vmstate >=0.1.0",
    "found_with": "pytest-vmstate 0.1.0",
    "trace": faulty_pc.TRACE,
    "command": "inb 0x21",
    "expected": "0x01",
    "seen": "0x00",
    "hits": 3,
    "runs": 3,
    "is_minimal": True,
    "culprit": {"type": "isa-i8259", "section": "i8259", "fields": ["imr"]},
    "seen_at": [{"owner": "isa-i8259", "region": "pic", "offset": 1, "bits": "0xff"}],
}


class Runs:
    """Starts pytest; every warning in it is an error."""

    def __init__(self, pytester, monkeypatch):
        self._pytester = pytester
        self._monkeypatch = monkeypatch
        self.folder = pytester.path
        self.ini()

    def ini(self, **values):
        """Write the ini file: the plugin's values without their prefix, one a line."""
        lines = [f"vmstate_{name} = {value}" for name, value in values.items()]
        self._pytester.makeini("\n".join(["[pytest]", "filterwarnings = error", *lines, ""]))

    def plant(self):
        """Put a bug into ``model:pc``, in this process and in those that pytest starts."""
        self._monkeypatch.setitem(MACHINES, "pc", faulty_pc.build_faulty_pc)
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self._monkeypatch.setenv("PYTHONPATH", path)
        self._pytester.makeconftest("from tests.support.faulty_pc import install\ninstall()\n")

    def mend(self):
        """Take the bug out again."""
        self._monkeypatch.setitem(MACHINES, "pc", faulty_pc.build_pc)
        (self.folder / "conftest.py").unlink()

    def hide_qemu(self):
        """Let there be no program on PATH, and no QEMU in the cache."""
        empty = self.folder / "empty"
        empty.mkdir()
        self._monkeypatch.setenv("PATH", str(empty))
        self._monkeypatch.setenv("XDG_CACHE_HOME", str(empty))

    def program(self, name, *lines, mode=0o755):
        """Write a shell script and return its path."""
        path = self.folder / name
        path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        path.chmod(mode)
        return path

    def pytest(self, *args):
        """Run pytest in this process."""
        return self._pytester.runpytest_inprocess("-p", "no:cacheprovider", *map(str, args))

    def pytest_alone(self, *args):
        """Run pytest in a process of its own."""
        return self._pytester.runpytest_subprocess(
            "-p", "no:cacheprovider", *map(str, args), timeout=60
        )

    def config(self, *args):
        """Return the configuration of a run that is not carried out."""
        return self._pytester.parseconfigure("-p", "no:cacheprovider", *map(str, args))

    def hunt(self, *args):
        """Hunt for the planted bug, in this process."""
        return self.pytest(*HUNT, *args)

    def report(self, folder="report"):
        """Return what the report in that folder says."""
        return json.loads((self.folder / folder / "report.json").read_text())

    def case(self, **changes):
        """Write a case for the planted bug into the corpus; return its path."""
        case = {**CASE, **changes}
        path = self.folder / "corpus" / f"{case['id']}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(tomli_w.dumps(case))
        return path

    def cases(self, folder="corpus"):
        """Return the names of the cases in that folder."""
        return sorted(path.stem for path in (self.folder / folder).glob("*.toml"))


@pytest.fixture
def runs(pytester, monkeypatch):
    return Runs(pytester, monkeypatch)


@pytest.fixture
def faulty(runs):
    """Runs on a ``model:pc`` that has a bug."""
    runs.plant()
    return runs


def said(result):
    """Return what a run printed on both of its outputs."""
    return result.stdout.str() + result.stderr.str()


def without_times(report):
    """Return *report* less the values that two runs may disagree about."""
    jobs = [
        {key: value for key, value in job.items() if key not in ("seconds", "followed")}
        for job in report["jobs"]
    ]
    rest = {
        key: value
        for key, value in report.items()
        if key not in ("seconds", "cycles_per_second", "jobs")
    }
    return {**rest, "jobs": jobs}
