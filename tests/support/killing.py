"""Campaigns in processes of their own, of which some are killed at random moments.

Whatever belongs to a campaign carries a mark in its environment, which its children
inherit; so it is found again when it has lost its parent.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil

from harness.corpus import load_cases

#: Name of the mark in the environment.
MARK = "VMSTATE_KILLING"
#: Seconds after which something that should have ended counts as left behind.
GONE_WITHIN_S = 20.0
#: Seconds that a campaign may take to find something, or to have a process of each kind.
BEGUN_WITHIN_S = 60.0
#: How often each kind of process is struck.
WEIGHTS = {"qemu": 30, "worker": 6, "controller": 1}
#: How often the first blow falls while everything is still being started, and within how
#: many seconds; else something has been found by then.
EARLY, EARLY_WITHIN_S = 0.3, 6.0
#: Seconds within which a further blow falls.
NEXT_WITHIN_S = 0.4
_POLL_S = 0.1
_SUFFIXES = {".toml", ".py"}


@dataclass
class Tally:
    """What was done, and what was left.

    Attributes:
        killed: how many of each kind.
        campaigns: how many there were.
        slowest_s: the longest that anything outlived its campaign.
        cases: how many cases were in all corpora together; each of them was read.
        processes, folders: what had to be gone and was not, in words.
        strays: files in a corpus that are neither a case nor its script.
    """

    killed: Counter[str] = field(default_factory=Counter)
    campaigns: int = 0
    slowest_s: float = 0.0
    cases: int = 0
    processes: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)


def kind_of(process, controller):
    """Return what *process* is: a key of ``WEIGHTS``, or nothing."""
    if process.pid == controller:
        return "controller"
    words = process.cmdline()
    if any("/qemu-system-" in word or word.startswith("qemu-system-") for word in words[:6]):
        return "qemu"
    return "worker" if words and "python" in words[0] else ""


class Campaign:
    """One campaign, running.

    Args:
        command: of the controller.
        folder: where it runs.
        mark: tells its processes from all others.
    """

    def __init__(self, command, folder, mark):
        self.mark = mark
        self.pids = set()
        self._log = (folder / "campaign.log").open("ab")
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )

    def is_over(self):
        return self.process.poll() is not None

    def family(self):
        """Return the processes that can be struck, by kind; remember all there are."""
        found = {}
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.process.pid)
            for process in (root, *root.children(recursive=True)):
                self.pids.add(process.pid)
                with suppress(psutil.NoSuchProcess):
                    if process.status() != psutil.STATUS_ZOMBIE:
                        found.setdefault(kind_of(process, root.pid), []).append(process)
        found.pop("", None)
        return found

    def watch(self, seconds):
        """Wait, and remember what is started meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.is_over():
            self.family()
            time.sleep(_POLL_S)

    def strike(self, kind, rng):
        """Kill one process of that kind outright; return whether there was one."""
        victims = self.family().get(kind, [])
        if not victims or self.is_over():
            return False
        with suppress(psutil.NoSuchProcess):
            rng.choice(victims).kill()
            return True
        return False

    def watch_until(self, condition, within_s):
        """Wait until *condition* holds, or the campaign is over, or it took too long."""
        end = time.monotonic() + within_s
        while not (held := condition()) and not self.is_over() and time.monotonic() < end:
            self.watch(_POLL_S)
        return held

    def processes(self):
        """Return what is left of it, wherever it is."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                if process.environ().get(MARK) == self.mark:
                    self.pids.add(process.pid)
                    found.append(process)
        return found

    def folders(self):
        """Return the private folders that its processes made."""
        places = (Path("/dev/shm"), Path(os.environ.get("TMPDIR", "/tmp")))
        return [
            path for place in places for pid in self.pids for path in place.glob(f"vmstate-{pid}-*")
        ]

    def end(self, tally):
        """Wait until it is gone, with all that belongs to it; note what is not."""
        begun = time.monotonic()
        while self.processes() or self.folders():
            if time.monotonic() - begun > GONE_WITHIN_S:
                break
            time.sleep(_POLL_S)
        tally.slowest_s = max(tally.slowest_s, time.monotonic() - begun)
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                tally.processes.append(f"{process.pid}: {' '.join(process.cmdline())[:200]}")
                process.kill()
        tally.folders += map(str, self.folders())
        self.process.kill()
        self.process.wait(GONE_WITHIN_S)
        self._log.close()


def _has_a_case(corpus):
    return any(corpus.glob("*.toml"))


def kill_at_random(folder, kills, seed, arguments):
    """Run campaigns and kill processes of them; return what was done and what was left.

    A corpus that can't be read is an error at once.

    Args:
        folder: where they run, one after another, each with a corpus of its own.
        kills: how many there shall be; the last one is of a controller.
        seed: of victims and moments.
        arguments: of pytest.
    """
    rng = random.Random(seed)
    tally = Tally()
    while tally.killed.total() < kills:
        tally.campaigns += 1
        corpus = folder / f"corpus-{tally.campaigns}"
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        command.append(f"--vmstate-corpus={corpus}")
        campaign = Campaign(command, folder, f"{os.getpid()}-{seed}-{tally.campaigns}")
        try:
            if rng.random() < EARLY:
                campaign.watch(rng.uniform(0, EARLY_WITHIN_S))
            else:
                campaign.watch_until(partial(_has_a_case, corpus), BEGUN_WITHIN_S)
            while not campaign.is_over() and tally.killed.total() < kills:
                kind = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
                if tally.killed.total() == kills - 1:
                    kind = "controller"
                strike = partial(campaign.strike, kind, rng)
                tally.killed[kind] += campaign.watch_until(strike, BEGUN_WITHIN_S)
                campaign.watch(rng.uniform(0, NEXT_WITHIN_S))
        finally:
            campaign.end(tally)
        tally.cases += len(load_cases(corpus))
        tally.strays += [
            path.name
            for path in corpus.glob("*")
            if path.is_file() and path.suffix not in _SUFFIXES
        ]
    return tally
