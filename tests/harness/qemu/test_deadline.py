"""Deadlines."""

from harness.qemu.deadline import Deadline


def test_a_new_deadline_has_not_passed():
    deadline = Deadline(60)
    assert deadline.seconds == 60
    assert 59 < deadline.left() <= 60
    assert not deadline.passed()


def test_a_deadline_of_nothing_has_passed_and_nothing_is_left():
    deadline = Deadline(0)
    assert deadline.passed()
    assert deadline.left() == 0
    assert Deadline(-1).left() == 0
