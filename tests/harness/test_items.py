"""Items: what became of a job, as pytest tells it."""

import pytest

from harness.items import CouldNotRunError, JobItem
from harness.job import Job
from harness.report.records import JobRecord


class Carried:
    """A campaign whose job ended as it is told."""

    def __init__(self, verdict, why):
        self.record = JobRecord(
            job="g::d", guest="g", version="v", device="d", verdict=verdict, why=why
        )

    def carry_out(self, *_):
        return self.record


@pytest.fixture
def run(request):
    def run(verdict, why=""):
        job = Job(guest="g", device="d")
        item = JobItem.make(request.session, job, None, Carried(verdict, why), print)
        item.runtest()
        return item

    return run


def test_a_job_that_passed_keeps_its_record(run):
    assert '"verdict":"passed"' in run("passed").record


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        ("not tested", "NOT TESTED: why"),
        ("not exercised", "NOT EXERCISED: why"),
        ("not followed", "NOT FOLLOWED UP: why"),
    ],
)
def test_what_was_not_put_to_the_test_is_skipped_with_the_reason(run, verdict, told):
    with pytest.raises(pytest.skip.Exception, match=f"^{told}$"):
        run(verdict, "why")


@pytest.mark.parametrize("verdict", ["died", "hung"])
def test_a_guest_that_ends_fails_its_job(run, verdict):
    with pytest.raises(CouldNotRunError, match=f"^{verdict}: why$"):
        run(verdict, "why")
