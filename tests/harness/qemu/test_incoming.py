"""Incoming: how a stream gets in, and what its refusals mean."""

import contextlib
import os
import signal
from contextlib import closing

import pytest

from harness.errors import DiedError, LoadError, QmpError
from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.incoming import Incoming, waiting
from harness.qemu.monitor import Event
from harness.qemu.process import Process
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


def test_one_that_ends_before_it_says_so_has_refused_too(machine, monkeypatch):
    with closing(Incoming(machine, DEADLINE_S)) as incoming:

        def ended(_name, _wanted):
            assert incoming.process.status(within_s=DEADLINE_S) == 1
            raise EOFError

        monkeypatch.setattr(incoming._monitor, "wait_for", ended)
        with pytest.raises(LoadError) as caught:
            incoming.load_stream(b"nonsense" * 10)
    assert "Not a migration stream" in caught.value.why


def test_one_that_is_killed_meanwhile_has_died(machine, stream):
    with closing(Incoming(machine, DEADLINE_S)) as incoming:
        os.kill(incoming.process.pid, signal.SIGKILL)
        with pytest.raises(DiedError, match="killed by signal 9 during loading a stream"):
            incoming.load_stream(stream)


def test_releases_from_8_2_on_are_told_the_file_by_its_name(machine, stream, monkeypatch):
    monkeypatch.setattr(Incoming, "_knows_files", lambda self: True)
    with closing(Incoming(machine, DEADLINE_S)) as incoming:
        asked = []
        execute = incoming._monitor.execute

        def seen(command, **arguments):
            asked.append((command, arguments))
            return execute(command, **arguments)

        monkeypatch.setattr(incoming._monitor, "execute", seen)
        # The one that is installed may not know it, and then says so.
        with contextlib.suppress(QmpError):
            incoming.load_stream(stream)
        uri = f"file:{incoming.process.directory}/incoming"
        assert asked[-1] == ("migrate-incoming", {"uri": uri})


def test_one_that_refuses_and_lives_on_has_refused_all_the_same(machine, stream, monkeypatch):
    with closing(Incoming(machine, DEADLINE_S)) as incoming:
        failed = Event("MIGRATION", {"status": "failed"})
        monkeypatch.setattr(incoming._monitor, "wait_for", lambda name, wanted: failed)
        with pytest.raises(LoadError, match="could not load its own state"):
            incoming.load_stream(stream)


def test_block_nodes_are_made_active_where_loading_leaves_them_inactive(machine, stream):
    with closing(Incoming(machine, DEADLINE_S, release=(7, 2))) as incoming:
        incoming.load_stream(stream)
        asked = []
        incoming._monitor.execute = lambda command, **arguments: asked.append((command, arguments))
        incoming.activate()
        assert asked == []
        incoming._known_release = (10, 0)
        incoming.activate()
        assert asked == [("blockdev-set-active", {"active": True})]


def test_the_release_is_asked_for_where_it_is_not_known(machine):
    with closing(Incoming(machine, DEADLINE_S)) as incoming:
        assert incoming._release() == find_one().version[:2]
        incoming._known_release = (9, 9)
        assert incoming._release() == (9, 9)


def test_one_that_was_started_ahead_is_taken_over(machine):
    process = Process(waiting(machine))
    with closing(Incoming(machine, DEADLINE_S, process)) as incoming:
        assert incoming.process is process
    assert process.status() is not None
