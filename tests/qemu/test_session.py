"""Sessions: a start that fails, and calls after the end."""

import time
from contextlib import closing
from pathlib import Path

import pytest

from harness.errors import DiedError, LaunchError, LoadError, SaveError
from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.session import Session
from vmstate.qcow2 import ImageError

pytestmark = pytest.mark.qemu


def script(tmp_path, *lines):
    path = tmp_path / "qemu-system-x86_64"
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)
    return Machine(path)


@pytest.fixture
def session():
    session = Session(Machine(find_one().path, "none"), 10)
    yield session
    session.close()


@pytest.mark.parametrize("name", ["none", "pc", "q35"])
def test_a_start_is_nothing_to_warn_of(name):
    session = Session(Machine(find_one().path, name), 10)
    session.close()
    assert session.process.log_tail() == ""


def test_a_program_that_ends_before_it_answers_is_a_launch_error(tmp_path):
    with pytest.raises(LaunchError) as caught:
        Session(script(tmp_path, "echo 'no room in here' >&2", "exit 3"), 10)
    assert caught.value.status == 3
    assert caught.value.log_tail == "no room in here"
    assert str(caught.value).startswith(f"QEMU did not start (exit status 3): {tmp_path}")


def test_a_program_that_never_answers_is_a_launch_error_at_the_deadline(tmp_path):
    began = time.monotonic()
    with pytest.raises(LaunchError) as caught:
        Session(script(tmp_path, "exec sleep 600"), 0.3)
    assert time.monotonic() - began < 5
    assert caught.value.status is None
    assert "QEMU did not start (did not answer)" in str(caught.value)
    assert "(it printed nothing)" in str(caught.value)


def test_whatever_else_stops_the_start_leaves_no_process(tmp_path, monkeypatch):
    started = []

    def interrupt(self, sock):
        raise KeyboardInterrupt

    make = Session.close

    def remember(self):
        started.append(self.process)
        make(self)

    monkeypatch.setattr("harness.qemu.monitor.Monitor.connect", interrupt)
    monkeypatch.setattr(Session, "close", remember)
    with pytest.raises(KeyboardInterrupt):
        Session(script(tmp_path, "exec sleep 600"), 10)
    assert started[0].status() == -9
    assert not started[0].directory.exists()


def test_a_snapshot_of_a_process_that_is_gone_can_not_be_read(session):
    session.save("here")
    assert session.snapshot("here").sections
    session.close()
    with pytest.raises(ImageError, match="the process that held them is gone"):
        session.snapshot("here")


def test_a_session_that_is_closed_takes_no_more_calls(session):
    assert session.hmp("info name", "asking") == ""
    session.close()
    session.close()
    for call in (
        lambda: session.exchange(["endianness"], "a command"),
        lambda: session.hmp("info name", "a command"),
        lambda: session.reset("a command"),
        lambda: session.device_stream("a command"),
        lambda: session.migration_stream("a command"),
    ):
        with pytest.raises(DiedError, match="was killed by signal 9 during a command"):
            call()


def test_properties_are_read_and_missing_ones_are_none(session):
    assert session.qom_get("/machine", "type") == "none-machine"
    assert session.qom_get("/machine", "no-such-property") is None
    assert session.qom_get("/no/such/object", "type") is None


def test_a_state_that_can_not_be_written_is_refused_with_qemus_words(session, monkeypatch):
    monkeypatch.setattr(session.process, "directory", Path("/no/such/directory"))
    with pytest.raises(SaveError, match=r"could not save its state: .*No such file"):
        session.device_stream("reading")


def test_a_migration_that_fails_on_the_way_says_why(session, monkeypatch):
    """A file that may not grow: the write fails, and with it the migration."""
    from harness.errors import SaveError

    real = session._monitor.send_descriptor

    def full(name, fd):
        with Path("/dev/full").open("wb") as file:
            real(name, file.fileno())

    monkeypatch.setattr(session._monitor, "send_descriptor", full)
    with pytest.raises(SaveError, match="the guest could not save its state: "):
        session.migration_stream("saving")


def test_a_release_that_knows_files_is_given_a_name(session, monkeypatch):
    """What a later release does with the name is done here with the open file."""
    execute, send = session._monitor.execute, session._monitor.send_descriptor
    uris = []

    def later_release(command, **arguments):
        if command == "query-version":
            return {"qemu": {"major": 8, "minor": 2, "micro": 0}}
        if command == "migrate":
            uris.append(arguments["uri"])
            with Path(arguments["uri"].removeprefix("file:")).open("wb") as file:
                send("handed-over", file.fileno())
            return execute("migrate", uri="fd:handed-over")
        return execute(command, **arguments)

    monkeypatch.setattr(session._monitor, "execute", later_release)
    assert session.migration_stream("saving").startswith(b"QEVM")
    assert uris == [f"file:{session.process.directory / 'migration'}"]


DRIVES = (
    *("-blockdev", "null-co,node-name=dut-drive,size=1048576,read-zeroes=on"),
    *("-device", "virtio-blk-pci,id=dut,drive=dut-drive"),
)


@pytest.fixture
def with_drives():
    session = Session(Machine(find_one().path, "q35", DRIVES), 20)
    yield session
    session.close()


def byte_at_rest(session):
    return session.exchange(["inb 0x70", "inb 0x71"], "reading")[1].text


def test_a_machine_with_a_drive_is_saved_again_and_again_and_loaded(with_drives):
    assert with_drives.hmp("savevm tag", "save").strip().endswith("does not support snapshots")
    for value in (0x12, 0x34):
        with_drives.exchange(["outb 0x70 0x40", f"outb 0x71 {value:#x}"], "writing")
        assert with_drives.save("tag") == ""
    with_drives.exchange(["outb 0x71 0x56"], "writing")
    assert with_drives.load("tag") == ""
    assert byte_at_rest(with_drives) == "OK 0x0034"
    with_drives.exchange(["outb 0x71 0x56"], "writing")
    with_drives.rewind("tag")
    with_drives.exchange(["outb 0x70 0x40"], "selecting")
    assert byte_at_rest(with_drives) == "OK 0x0034"


def test_a_job_that_fails_says_why(with_drives):
    assert "'never'" in with_drives.load("never")
    with pytest.raises(LoadError, match="'never'"):
        with_drives.rewind("never")


#: A port of q35's own AHCI that receives FIS, and whose list is then moved out of memory.
MOVED = (
    *("outl 0xcf8 0x8000fa24", "outl 0xcfc 0xc0000000"),
    *("outl 0xcf8 0x8000fa04", "outl 0xcfc 0x7"),
    *("writeb 0xc0000218 0x10", "writel 0xc0000208 0xffffff01"),
)


def test_a_job_that_fails_says_what_the_device_reported():
    drives = (*DRIVES[:2], "-device", "ide-hd,drive=dut-drive")
    with closing(Session(Machine(find_one().path, "q35", drives), 20)) as session:
        assert session.save("before") == ""
        session.exchange([*MOVED], "moving")
        assert session.save("tag") == ""
        why = session.load("tag")
        assert "AHCI: Failed to start FIS receive engine" in why
        assert session.load("before") == ""


def test_what_a_job_saved_can_be_read_from_the_image(with_drives):
    assert with_drives.save("tag") == ""
    names = [section.idstr for section in with_drives.snapshot("tag").sections]
    assert "0000:00:01.0/virtio-blk" in names


def test_a_qemu_that_eats_memory_dies_and_says_of_what(session):
    # It makes room for all that is to be read before it reads.
    with pytest.raises(DiedError, match="wanting more than 1024 MiB beyond") as caught:
        session.exchange(["read 0x0 0x80000000"], "reading")
    assert "failed to allocate 2147483648 bytes" in caught.value.log_tail
    assert str(caught.value).splitlines()[0] == (
        "the guest was killed by signal 5 during reading, "
        "wanting more than 1024 MiB beyond what it began with"
    )


def test_memory_that_is_kept_comes_back_and_is_not_in_the_snapshot():
    machine = Machine(find_one().path, memory_mb=64, keeps_memory=True)
    with closing(Session(machine, 10)) as session:
        session.exchange(["writel 0x100000 0x11", "outb 0x70 0xa"], "before")
        assert not session.save("a")
        session.exchange(["writel 0x100000 0x22", "writel 0x200000 0x33"], "behind")
        reads = ["readl 0x100000", "readl 0x200000"]
        session.rewind("a")
        assert [one.text[-2:] for one in session.exchange(reads, "after")] == ["11", "00"]
        session.exchange(["writel 0x100000 0x22"], "behind")
        session.reset("reset")
        assert not session.load("a")
        assert [one.text[-2:] for one in session.exchange(reads, "after")] == ["11", "00"]
        names = {section.idstr for section in session.snapshot("a").sections}
        assert "mc146818rtc" in names
        assert len(session.snapshot_bytes("a")) < 1 << 20
        assert session.load("b")
