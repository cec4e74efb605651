"""Items: jobs and cases as pytest sees them.

A job is an item that fails if it finds something new; a case is an item that fails unless
it still fails as it says.  What is specific to pytest's reporting is in the plugin.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.campaign import Campaign
from harness.corpus import Case, Outcome, Replay, replay
from harness.errors import ConfigError, HarnessError
from harness.guests.factory import GuestSpec, spec_of_case
from harness.guests.presence import missing_of
from harness.interrupt import deferred_interrupt
from harness.job import Job, JobResult
from harness.report.records import JobRecord, to_json
from harness.report.text import finding_lines


class FoundError(Exception):
    """A job found something new; carries its record."""

    def __init__(self, record: JobRecord) -> None:
        super().__init__(record)
        self.record = record


class CouldNotRunError(Exception):
    """A job or case could not be carried out; says why."""


class NotFailingAsSaidError(Exception):
    """A case did not fail as it says."""


class VmstateItem(pytest.Item):
    """What jobs and cases have in common."""

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the item comes from: the root folder, and its name."""
        return self.config.rootpath, None, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:  # noqa: ANN401 (pytest's signature)
        """Return the finding, or the reason, without a Python traceback."""
        match excinfo.value:
            case FoundError(record=record):
                lines = []
                for finding in record.findings:
                    lines += [*finding_lines(finding, self.replay_command(finding.case.id)), ""]
                return "\n".join(lines)
            case CouldNotRunError() | NotFailingAsSaidError() | HarnessError():
                return str(excinfo.value)
        return super().repr_failure(excinfo, *args)

    def replay_command(self, case_id: str) -> str:
        """Return the command that replays the case with that id."""
        corpus = self.config.getoption("--vmstate-corpus")
        where = f" --vmstate-corpus={corpus}" if corpus else ""
        return f"pytest --vmstate-replay {case_id}{where}"


class JobItem(VmstateItem):
    """One job."""

    @classmethod
    def make(
        cls,
        parent: pytest.Session,
        job: Job,
        spec: GuestSpec,
        campaign: Campaign,
        progress: Callable[[JobResult], None],
    ) -> JobItem:
        """Return the item of *job*."""
        name = f"{job.guest}::{job.device}"
        item: JobItem = cls.from_parent(parent, name=name, nodeid=f"vmstate::{name}")
        item._job, item._spec = job, spec
        item._campaign, item._progress = campaign, progress
        return item

    _job: Job
    _spec: GuestSpec
    _campaign: Campaign
    _progress: Callable[[JobResult], None]
    #: The job's record as JSON, once it is done; plain text, so that it can cross processes.
    record: str = ""

    def runtest(self) -> None:
        """Carry out the job.

        Raises:
            FoundError: it found something new.
            CouldNotRunError: the guest died or hung for no reason of the trace's.
        """
        with deferred_interrupt() as safe_moment:
            record = self._campaign.carry_out(self._job, self._spec, self._progress, safe_moment)
        self.record = to_json(record)
        if record.findings:
            raise FoundError(record)
        match record.verdict:
            # What was not put to the test has neither passed nor failed.
            case "not tested":
                pytest.skip(f"NOT TESTED: {record.why}")
            case "not exercised":
                pytest.skip(f"NOT EXERCISED: {record.why}")
            case "not followed":
                pytest.skip(f"NOT FOLLOWED UP: {record.why}")
            case "died" | "hung":
                raise CouldNotRunError(f"{record.verdict}: {record.why}")


class CaseItem(VmstateItem):
    """One case of the corpus."""

    @classmethod
    def make(
        cls, parent: pytest.Session, path: Path, case: Case, qemus: tuple[Path, ...], runs: int
    ) -> CaseItem:
        """Return the item of the case that was read from *path*."""
        name = f"replay::{case.id}"
        item: CaseItem = cls.from_parent(parent, name=name, nodeid=f"vmstate::{name}")
        item._path, item._case = path, case
        item._qemus, item._runs = qemus, runs
        return item

    _path: Path
    _case: Case
    _qemus: tuple[Path, ...]
    _runs: int
    #: What became of it, and why; empty before.
    outcome: str = ""
    why: str = ""

    @property
    def case_id(self) -> str:
        """The case's id."""
        return self._case.id

    def runtest(self) -> None:
        """Replay the case: a strict xfail while it still fails.

        Raises:
            NotFailingAsSaidError: it is fixed, changed or has come back.  A rule must match,
                or it hides what nobody looked at.
            CouldNotRunError: it could not be run.
        """
        result = self._replay()
        self.outcome, self.why = result.outcome.value, result.why
        text = f"{self.outcome}: {self._case.title}: {result.why}"
        match result.outcome:
            case Outcome.STILL_FAILS:
                pytest.xfail(text)
            case Outcome.NOT_HERE:
                pytest.skip(text)
            case Outcome.ERROR:
                raise CouldNotRunError(f"{text}\n  {self._path}")
            case Outcome.FIXED | Outcome.CHANGED | Outcome.REGRESSED:
                raise NotFailingAsSaidError(f"{text}\n  {self._path}")

    def _replay(self) -> Replay:
        try:
            spec = spec_of_case(self._case, self._qemus)
            missing = missing_of(spec)
            if missing:
                return Replay(Outcome.NOT_HERE, missing)
            with spec.make() as guest:
                return replay(self._case, guest, runs=self._runs)
        except (ConfigError, HarnessError) as err:
            return Replay(Outcome.ERROR, str(err))
