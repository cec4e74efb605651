"""The session: one pytest run with the plugin active.

Makes the items, shows progress, gathers the records of all jobs (from xdist's workers
too) and writes the report.  One object, registered as a plugin; no globals.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from harness.campaign import Campaign
from harness.corpus import add_case
from harness.corpus.store import write_file
from harness.errors import ConfigError
from harness.items import CaseItem, JobItem
from harness.job import JobResult
from harness.lifeline import bind_to_parent
from harness.options import ALL_RULES, Options
from harness.plan import Plan, make_plan
from harness.report.model import CampaignReport, Heading, ReplayRow, build_report, encode_report
from harness.report.records import JobRecord, from_json
from harness.report.summary import progress_line, summary_lines

#: Names under which a worker is told its controller's process id, and its plan.
_CONTROLLER, _PLAN = "vmstate_controller", "vmstate_plan"
#: Seconds between two progress lines.
_PROGRESS_EVERY_S = 1.0


class VmstateSession:
    """What the plugin does in one run.

    Args:
        config: of the run.
        options: read and checked.

    Raises:
        HarnessError: the corpus can't be read, a guest can't be made, the report folder
            can't be written, there is no case of that id.
    """

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self._config = config
        self._options = options
        if self._is_worker:
            # A controller that is killed outright can't send its workers home.
            bind_to_parent(self._told.get(_CONTROLLER))()
        self._started = time.monotonic()
        self._shown = 0.0
        self._campaign = Campaign(options, self._started, workers=self._workers)
        self._plan = self._find_plan()
        self._records: dict[str, JobRecord] = {}
        self._replays: dict[str, ReplayRow] = {}
        self._report: CampaignReport | None = None
        if not self._is_worker:
            # Its controller has looked, and others of its workers are about: what one makes to
            # try, and takes away again, another may be using.
            self._check_folders()
        self._check_replay()

    @property
    def _told(self) -> dict[str, Any]:
        """What a worker of xdist's has been told; nothing in any other process."""
        return getattr(self._config, "workerinput", {})

    @property
    def _workers(self) -> int:
        """How many processes share the jobs."""
        return int(self._told.get("workercount", 1))

    def _find_plan(self) -> Plan:
        """Return the plan; a worker has that of its controller, whatever died meanwhile."""
        if not self._options.fuzz:
            return Plan((), {})
        told = self._told.get(_PLAN)
        return Plan.from_json(told) if told else make_plan(self._options)

    @property
    def _is_worker(self) -> bool:
        return hasattr(self._config, "workerinput")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 (xdist has no type for it)
        """Tell a worker of xdist's that is our own child whose it is, and what is to be done.

        One that runs elsewhere may have its QEMUs elsewhere, and makes the plan itself.
        """
        spec = node.gateway.spec
        if spec.popen and not spec.via and not spec.python:
            node.workerinput |= {_CONTROLLER: os.getpid(), _PLAN: self._plan.to_json()}

    def _check_folders(self) -> None:
        """Find out now, not after hours, whether the report and the corpus can be written."""
        folders = [self._options.report] if self._options.report else []
        if self._options.fuzz:
            folders.append(self._options.corpus)
        for folder in folders:
            is_new = not folder.exists()
            probe = folder / ".vmstate-writable"
            write_file(probe, "")
            probe.unlink(missing_ok=True)
            if is_new:
                folder.rmdir()

    def _check_replay(self) -> None:
        """Find out before xdist's workers start whether there is such a case."""
        wanted = self._options.replay
        ids = sorted(case.id for case in self._campaign.cases.values())
        rules = {case.id for case in self._campaign.rules.values()}
        if wanted and wanted not in {*ids, *rules, ALL_RULES}:
            raise ConfigError(
                f"--vmstate-replay: no case {wanted!r} in {self._options.corpus}",
                f"there are: {', '.join(ids) or 'none'}; {ALL_RULES!r} are those of the tool",
            )

    def pytest_report_header(self) -> list[str]:
        """Say what the run will do, and with what seed."""
        options = self._options
        lines = []
        if options.fuzz:
            guests = ", ".join(dict.fromkeys(spec.name for _, spec in self._plan.jobs)) or "none"
            lines.append(
                f"vmstate: guests {guests}; seed {options.seed}, budget {options.budget.text}, "
                f"profile {options.profile_name}, {len(self._campaign.cases)} known cases"
            )
            lines += [f"vmstate: {name}: {why}" for name, why in self._plan.missing.items()]
        if options.replay is not None:
            count = len(self._campaign.cases)
            lines.append(f"vmstate: replaying cases of {options.corpus}, which has {count}")
        return lines

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Add the cases and the jobs."""
        items += self._case_items(session)
        items += [
            JobItem.make(session, job, spec, self._campaign, self._show_progress)
            for job, spec in self._plan.jobs
        ]

    def _case_items(self, session: pytest.Session) -> list[CaseItem]:
        wanted = self._options.replay
        if wanted is None:
            return []
        return [
            CaseItem.make(session, path, case, self._options.qemus, runs=1)
            for path, case in self._campaign.cases.items()
            if wanted in ("", case.id)
        ] + [
            CaseItem.make(session, path, case, self._options.qemus, runs=1)
            for path, case in self._campaign.rules.items()
            if wanted in (ALL_RULES, case.id)
        ]

    def _show_progress(self, result: JobResult) -> None:
        now = time.monotonic()
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if self._is_worker or reporter is None or now - self._shown < _PROGRESS_EVERY_S:
            return
        self._shown = now
        if reporter.isatty:
            done = [*self._records.values()]
            line = progress_line(done, result, self._campaign.elapsed(), len(self._plan.jobs))
            reporter.rewrite(line, erase=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Give the record to the report, which is what crosses processes."""
        report = yield
        if call.when == "call" and isinstance(item, JobItem):
            report.vmstate_record = item.record  # type: ignore[attr-defined]  # reports take any
        if call.when == "call" and isinstance(item, CaseItem):
            report.vmstate_replay = [item.case_id, item.outcome, item.why]  # type: ignore[attr-defined]  # as above
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather the record of a job that is done."""
        text = getattr(report, "vmstate_record", "")
        if text:
            record = from_json(text)
            self._records[record.job] = record
        replayed = getattr(report, "vmstate_replay", None)
        if replayed and replayed[1]:
            case_id, outcome, why = replayed
            self._replays[case_id] = ReplayRow(case=case_id, outcome=outcome, why=why)

    def pytest_sessionfinish(self) -> None:
        """Write the corpus in its final form, and the report."""
        if self._is_worker or self._config.option.collectonly:
            return
        options = self._options
        heading = Heading(
            tool=f"pytest-vmstate {version('pytest-vmstate')}",
            profile=options.profile_name,
            seed=options.seed,
            budget=options.budget.text,
            oracles=options.oracles,
            missing=self._plan.missing,
        )
        self._report = build_report(
            heading, self._records.values(), self._replays.values(), self._campaign.elapsed()
        )
        try:
            for finding in self._report.findings:
                # Duplicates were written as they came; this is the one that counts.
                add_case(options.corpus, finding.case, finding.reproducer)
            if options.report is not None:
                write_file(options.report / "report.json", encode_report(self._report))
        except ConfigError as err:
            raise pytest.UsageError(str(err)) from err

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what came of it."""
        if self._report is None:
            return
        terminalreporter.section("vmstate")
        for line in summary_lines(self._report, self._report_path()):
            terminalreporter.write_line(line)

    def _report_path(self) -> Path | None:
        return self._options.report / "report.json" if self._options.report else None
