"""Incoming: how a stream gets in, and what its refusals mean."""

import os
import signal
from contextlib import closing

import pytest

from harness.errors import DiedError, LoadError
from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.incoming import Incoming
from harness.qemu.session import Session

pytestmark = pytest.mark.qemu

DEADLINE_S = 20.0


@pytest.fixture(scope="module")
def machine():
    return Machine(find_one().path, "pc", ("-device", "e1000"), memory_mb=8)


@pytest.fixture(scope="module")
def stream(machine):
    with closing(Session(machine, DEADLINE_S)) as session:
        return session.migration_stream("migrating")


def test_what_was_saved_is_loaded_and_can_be_saved_again(machine, stream):
    with closing(Incoming(machine, DEADLINE_S)) as incoming:
        incoming.load_stream(stream)
        assert "-incoming" in incoming.process.argv
        assert incoming.migration_stream("again") == stream


def test_a_stream_that_is_none_is_refused_with_qemus_words(machine):
    with closing(Incoming(machine, DEADLINE_S)) as incoming, pytest.raises(LoadError) as caught:
        incoming.load_stream(b"nonsense" * 10)
    assert "Not a migration stream" in caught.value.why


def test_one_that_is_killed_meanwhile_has_died(machine, stream):
    with closing(Incoming(machine, DEADLINE_S)) as incoming:
        os.kill(incoming.process.pid, signal.SIGKILL)
        with pytest.raises(DiedError, match="killed by signal 9 during loading a stream"):
            incoming.load_stream(stream)
