"""Lifelines: a process ends with the one that started it."""

import ctypes
import os
import signal
from contextlib import contextmanager

import pytest

from harness.lifeline import bind_to_parent

# Source: Linux include/uapi/linux/prctl.h.
PR_SET_PDEATHSIG = 1
PR_GET_PDEATHSIG = 2


@contextmanager
def taken_back():
    """Give a function that reads the signal this process asked for; forget it in the end."""
    prctl = ctypes.CDLL(None).prctl
    before, asked = ctypes.c_int(), ctypes.c_int()

    def read():
        prctl(PR_GET_PDEATHSIG, ctypes.byref(asked))
        return asked.value

    prctl(PR_GET_PDEATHSIG, ctypes.byref(before))
    try:
        yield read
    finally:
        prctl(PR_SET_PDEATHSIG, before.value, 0, 0, 0)


@pytest.mark.parametrize("parent", [os.getppid(), None], ids=["named", "found"])
def test_it_asks_to_be_killed_when_its_parent_ends(parent):
    with taken_back() as signal_asked_for:
        bind_to_parent(parent)()
        assert signal_asked_for() == signal.SIGKILL


def test_a_child_whose_parent_is_gone_already_does_not_start():
    """Run in a fork of our own, whose parent is not the one it is told."""
    bind = bind_to_parent(parent=-1)
    pid = os.fork()
    if pid == 0:
        bind()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 1
