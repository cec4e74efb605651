"""The campaign: what all jobs of a run share, and how one job is carried out.

Knows guests, corpus and options; knows nothing of pytest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import fmean

import msgspec

from harness.corpus import Case, add_case, case_from_finding, load_cases
from harness.corpus.reproducer import Launch, reproducer
from harness.errors import ConfigError, GuestError
from harness.finding import Finding
from harness.guests.factory import GuestSpec
from harness.hunt import Hunt
from harness.job import HuntSettings, Job, JobResult, Verdict
from harness.known import known_masks
from harness.lessons import FOLDER, Memory
from harness.masks import Masks
from harness.options import Options
from harness.report.records import JobRecord, record_of
from harness.rules import RULES

#: Told of every trace: job name, cycles so far, findings so far.
Progress = Callable[[JobResult], None]


class Campaign:
    """Carries out jobs.

    Args:
        options: of the run.
        started: monotonic time at which it began, in seconds.
        workers: how many jobs are done at a time.

    Raises:
        CorpusError: a case in the corpus can't be read.
        ConfigError: a case has expired, and is to be hunted with.
    """

    def __init__(self, options: Options, started: float, *, workers: int = 1) -> None:
        self._options = options
        self._started = started
        self._workers = workers
        #: Seconds that each job took which met nothing.
        self._took: list[float] = []
        #: The user's cases, by file.
        self.cases: dict[Path, Case] = load_cases(options.corpus)
        #: The rules that ship with the tool.  They may be about machines that are not here, so
        #: they are replayed only when named.
        self.rules: dict[Path, Case] = load_cases(RULES)
        self._check_expiry(datetime.now(UTC).date())

    def _check_expiry(self, today: date) -> None:
        for path, case in (*self.rules.items(), *self.cases.items()):
            if self._options.fuzz and case.has_expired(today):
                raise ConfigError(
                    f"{path} counted as known until {case.expires}",
                    f"see whether it is mended (pytest --vmstate-replay {case.id}): if so, remove "
                    "it, else give it another day in 'expires'",
                )

    def masks(self, version: str, spec: str, arguments: Sequence[str] = ()) -> Masks:
        """Return what the corpus and the rules know about a guest; see :func:`known_masks`."""
        cases = (*self.rules.values(), *self.cases.values())
        return known_masks(cases, version, spec, arguments)

    def carry_out(
        self,
        job: Job,
        spec: GuestSpec,
        progress: Progress = lambda _: None,
        pause: Callable[[], None] = lambda: None,
    ) -> JobRecord:
        """Carry out one job; write each new finding into the corpus as soon as it is there.

        Args:
            job: what is to be done.
            spec: on which guest.
            progress: called after every trace of the hunt.
            pause: called before every trace that is run; may raise to end the job.

        Raises:
            ConfigError: the corpus can't be written.
        """
        if job.untested:
            return _not_begun(job, "not tested", job.untested)
        if self._is_spent():
            # No guest is started for nothing: there may be hundreds of jobs left.
            record = _not_begun(job, "not tested", "the budget was spent before its turn")
            return msgspec.structs.replace(record, cut=True)
        began = time.monotonic()
        try:
            guest = spec.make()
        except GuestError as err:
            return _not_begun(job, "died", str(err))
        with guest:
            scripts: dict[str, str] = {}
            launch = spec.launch(guest)

            def keep(finding: Finding) -> None:
                scripts[finding.id] = self._write(finding, launch)

            now = time.monotonic()
            follow_up_s = self._follow_up_s(job, spec)
            explore_s = self._explore_s(job, spec)
            stop_at = min(self._ends_at(), now + explore_s + follow_up_s)
            settings = HuntSettings(
                confirmations=self._options.profile.confirmations,
                shrink_limit=self._options.profile.shrink_limit,
                stop_at=stop_at,
                explore_s=explore_s,
                follow_until=min(stop_at, now + follow_up_s),
                pause=pause,
                learn=Memory(self._options.corpus / FOLDER, spec.identity(guest)).learn,
                oracles=self._options.oracles,
                twins=spec.twins(),
            )
            masks = self.masks(guest.version, guest.spec, spec.arguments)
            hunt = Hunt(guest, job, masks, settings, progress, keep)
            record = record_of(hunt.run(), scripts)
        if record.verdict in ("passed", "not exercised") and not record.cut:
            self._took.append(time.monotonic() - began)
        return record

    def _write(self, finding: Finding, launch: Launch | None) -> str:
        script = reproducer(finding, launch) if launch is not None else ""
        add_case(self._options.corpus, case_from_finding(finding), script)
        return script

    def _follow_up_s(self, job: Job, spec: GuestSpec) -> float:
        """Return how many seconds *job* may spend on what it meets."""
        budget = self._options.budget
        if budget.seconds is None:
            return float("inf")
        usual_s = budget.usual_seconds_for(job.cycles, spec.pace)
        if self._took:
            usual_s = fmean(self._took)
        return budget.follow_up_for(usual_s, self._left_s(budget.seconds, job))

    def _left_s(self, seconds: float, job: Job) -> float:
        """Return what *seconds* leave for each job still to be done, *job* among them."""
        return max(0.0, seconds - self.elapsed()) * self._workers / job.turns

    def _is_spent(self) -> bool:
        seconds = self._options.budget.seconds
        return seconds is not None and self.elapsed() >= seconds

    def _explore_s(self, job: Job, spec: GuestSpec) -> float:
        """Return how many seconds *job* may hunt, beside what it takes to follow up."""
        budget = self._options.budget
        left_s = 0.0 if budget.seconds is None else self._left_s(budget.seconds, job)
        return budget.hunt_for(job.cycles, left_s, spec.pace)

    def _ends_at(self) -> float:
        seconds = self._options.budget.seconds
        return float("inf") if seconds is None else self._started + seconds

    def elapsed(self) -> float:
        """Return the seconds since the campaign began."""
        return time.monotonic() - self._started


def _not_begun(job: Job, verdict: Verdict, why: str) -> JobRecord:
    """Return the record of a job that never had a guest."""
    return JobRecord(
        job=job.name, guest=job.guest, version="", device=job.device, verdict=verdict, why=why
    )
