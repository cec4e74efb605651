"""``-n``: workers share the jobs, and the report is that of one process."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from harness.options import read_options
from harness.plan import make_plan
from tests.support.plugin_runs import HUNT, TWO, said, without_times

SAY_SIGNAL = """
import ctypes

def pytest_sessionstart(session):
    if hasattr(session.config, "workerinput"):
        asked = ctypes.c_int()
        ctypes.CDLL(None).prctl(2, ctypes.byref(asked))  # PR_GET_PDEATHSIG
        with session.config.rootpath.joinpath("signals").open("a") as file:
            file.write(f"{asked.value} ")
"""


#: Has everything die that a worker looks at to make a plan.
DIES_IN_WORKERS = """
import harness.session
from harness.errors import DiedError

def pytest_configure(config):
    if hasattr(config, "workerinput"):
        def make_plan(options):
            raise DiedError(-9, "making a plan", "")
        harness.session.make_plan = make_plan
"""


#: Has a worker not touch the folders that its controller looks after.
WRITES_IN_WORKERS = """
import harness.session

def pytest_configure(config):
    if hasattr(config, "workerinput"):
        def write_file(path, text):
            raise AssertionError(f"a worker writes {path}")
        harness.session.write_file = write_file
"""


def test_two_workers_find_and_report_what_one_process_does(faulty):
    faulty.case(id="other", fails="pytest-vmstate <0.1", trace="outb 0x21 0x3\ncycle\ninb 0x21\n")
    both = (*HUNT, *TWO, "--vmstate-replay")
    alone = faulty.pytest(*both, "--vmstate-report=one")
    for path in (faulty.folder / "corpus").glob("isa-*"):
        path.unlink()
    shared = faulty.pytest_alone(*both, "--vmstate-report=two", "-n", "2")
    assert shared.ret == alone.ret == pytest.ExitCode.TESTS_FAILED
    assert shared.parseoutcomes()["failed"] == alone.parseoutcomes()["failed"]
    one, two = faulty.report("one"), faulty.report("two")
    assert one["findings"]
    assert one["replays"][0]["outcome"] == "CHANGED"
    assert without_times(one) == without_times(two)
    assert faulty.cases() == sorted(["other", *(f["case"]["id"] for f in two["findings"])])


def test_workers_have_the_plan_of_their_controller_whatever_dies_in_them(faulty):
    conftest = faulty.folder / "conftest.py"
    conftest.write_text(conftest.read_text() + DIES_IN_WORKERS)
    result = faulty.pytest_alone(*HUNT, *TWO, "-n", "2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"failed": 1, "passed": 1}


def test_workers_leave_each_other_the_folders_that_their_controller_has_looked_at(faulty):
    conftest = faulty.folder / "conftest.py"
    conftest.write_text(conftest.read_text() + WRITES_IN_WORKERS)
    result = faulty.pytest_alone(*HUNT, *TWO, "--vmstate-report=new", "-n", "2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"failed": 1, "passed": 1}
    assert faulty.report("new")["findings"]


def test_an_unknown_case_is_refused_as_without_workers(faulty):
    result = faulty.pytest("--vmstate-replay", "none-such", "-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: --vmstate-replay: no case 'none-such' in {faulty.folder}/corpus" in said(result)


def test_a_worker_is_told_its_controller_only_where_that_is_its_parent(runs):
    config = runs.config(*HUNT)
    session = config.pluginmanager.get_plugin("vmstate-session")

    def told(**spec):
        known = {"popen": True, "via": None, "python": None} | spec
        node = SimpleNamespace(gateway=SimpleNamespace(spec=SimpleNamespace(**known)))
        node.workerinput = {}
        session.pytest_configure_node(node)
        return node.workerinput

    assert told() == {
        "vmstate_controller": os.getpid(),
        "vmstate_plan": make_plan(read_options(config)).to_json(),
    }
    assert told(popen=None) == told(via="gw1") == told(python="conda run python") == {}


def test_a_worker_ends_with_its_controller(faulty):
    """It says which signal it will be sent then."""
    conftest = faulty.folder / "conftest.py"
    conftest.write_text(conftest.read_text() + SAY_SIGNAL)
    faulty.pytest_alone(*HUNT, "--vmstate-budget=1cycles", "-n", "1")
    assert (faulty.folder / "signals").read_text() == "9 "


@pytest.mark.parametrize(("given", "used"), [((), 1), (("--maxschedchunk", "5"), 5)])
def test_workers_take_one_job_at_a_time_unless_told_otherwise(pytester, given, used):
    config = pytester.parseconfigure(
        "--vmstate-fuzz", "--vmstate-guest", "model:pc", "--vmstate-budget", "1cycles", *given
    )
    config.pluginmanager.unregister(name="vmstate-session")
    assert config.option.maxschedchunk == used
