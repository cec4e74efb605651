"""Jobs: their names and seeds."""

import pytest

from harness.job import Job, JobResult


def test_a_job_is_named_by_guest_and_device():
    assert Job(guest="qemu:pc", device="i8257.dma").name == "qemu:pc::i8257.dma"


def test_the_seed_of_a_round_is_the_same_everywhere():
    job = Job(guest="qemu:pc", device="i8257", seed=1)
    # sha256 of "1/qemu:pc/i8257/1", its first eight bytes.
    assert job.derived_seed(1) == 0xBD4EFE081A72AE7D


@pytest.mark.parametrize(
    "changes", [{"seed": 2}, {"guest": "qemu:q35"}, {"device": "i8254"}, {"round_number": 2}]
)
def test_another_seed_guest_device_or_round_draws_otherwise(changes):
    values = {"guest": "qemu:pc", "device": "i8257", "seed": 1, "round_number": 1}

    def seed_of(round_number, **job):
        return Job(**job).derived_seed(round_number)

    assert seed_of(**(values | changes)) != seed_of(**values)


def test_cycles_and_binary_do_not_change_what_is_drawn():
    job = Job(guest="qemu:pc", device="i8257", seed=1)
    other = Job(guest="qemu:pc", device="i8257", seed=1, cycles=9, binary="/usr/bin/qemu")
    assert job.derived_seed(3) == other.derived_seed(3)


def test_results_share_nothing():
    first, second = (JobResult(job="j", guest="g", version="v", device="d") for _ in range(2))
    first.known["a"] = 1
    first.touched.add(("t", "p"))
    assert second.known == {}
    assert second.touched == set()
