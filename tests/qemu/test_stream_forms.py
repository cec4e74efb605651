"""Streams of the real QEMU in every form: written again byte for byte, and cut everywhere."""

from __future__ import annotations

import socket
import zlib
from contextlib import closing

import pytest

from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.migration import is_over
from harness.qemu.session import Session
from tests.support.streams import HEADER, single
from vmstate.errors import StreamError
from vmstate.stream import (
    Command,
    CommandNumber,
    Configuration,
    ConfigurationPart,
    Eof,
    Header,
    PackageEnd,
    Ram,
    RamBlock,
    RamEncoded,
    RamPages,
    RamZeros,
    Section,
    SectionEnd,
    StreamReader,
    VmdescText,
    find_vmdesc,
    read_events,
    read_stream,
    reader_for,
    write_events,
)

pytestmark = pytest.mark.qemu

DEADLINE_S = 20.0
MEMORY_MB = 16
DEVICES = (
    *("-device", "VGA"),
    *("-device", "e1000"),
    *("-device", "virtio-net-pci"),
    *("-device", "virtio-blk-pci,drive=d", "-drive", "if=none,id=d,driver=null-co,read-zeroes=on"),
    *("-device", "qemu-xhci,id=x", "-device", "usb-tablet,bus=x.0"),
    *("-device", "isa-serial,chardev=c", "-chardev", "null,id=c"),
)
SHARED = ("-object", f"memory-backend-memfd,id=m,size={MEMORY_MB}M,share=on")
#: How the destination says over the return path that all is well, and that it closes it.
SHUT = b"\0\1\0\4" + bytes(4)


def machine(name="pc", *more, devices=()):
    return Machine(find_one().path, name, (*devices, *more), MEMORY_MB)


def session_of(*args, **options):
    return closing(Session(machine(*args, **options), DEADLINE_S))


def migrated(*args, capability=None, **options):
    with session_of(*args, **options) as session:
        if capability:
            enable(session, capability)
        return session.migration_stream("saving the machine")


def enable(session, capability):
    session._monitor.execute(
        "migrate-set-capabilities", capabilities=[{"capability": capability, "state": True}]
    )


def without_migration(name):
    return ("-global", f"migration.{name}=off")


def read(data, reader=None):
    """Return the events of *data*, having written them again."""
    events = list(read_events([data], reader))
    assert b"".join(write_events(events)) == data
    return events


def kinds(events):
    return {type(event) for event in events}


def sections(events):
    return [event for event in events if isinstance(event, Section)]


def shapes(events):
    """Return what two states of one machine have in common."""
    return [(s.idstr, s.instance_id, s.version_id, len(s.body)) for s in sections(events)]


@pytest.mark.parametrize("name", ["pc", "q35"])
def test_a_migration_is_read_without_its_vmdesc_as_with_it(name):
    with session_of(name, devices=DEVICES) as session:
        alone = read(session.device_stream("saving the devices"))
        data = session.migration_stream("saving the machine")
    events = read(data)
    stream = read_stream(data)
    assert tuple(sections(events)) == stream.sections
    assert len(stream.sections) > 30
    assert read(data, reader_for(stream.vmdesc)) == events
    assert stream.machine in (f"{kind}-7.2" for kind in ("pc-i440fx", "pc-q35"))
    for size in (4096, 10_007):
        pieces = [data[place : place + size] for place in range(0, len(data), size)]
        in_pieces = list(read_events(pieces))
        assert single(in_pieces) == single(events)
        assert b"".join(write_events(in_pieces)) == data
    # The devices alone have neither configuration nor vmdesc.
    assert kinds(alone) == {Header, Section, Eof}
    assert shapes(alone) == shapes(events)


def test_a_migration_may_have_no_footers():
    data = migrated("pc", *without_migration("send-section-footer"), devices=DEVICES)
    stream = read_stream(data)
    events = read(data, reader_for(stream.vmdesc))
    assert tuple(sections(events)) == stream.sections
    assert len(stream.sections) > 30
    assert not any(e.has_footer for e in events if isinstance(e, Section | SectionEnd))
    # The first section behind memory can't be told from the second.
    with pytest.raises(
        StreamError, match=r"timer at offset 0x[0-9a-f]+: the stream has no footers"
    ):
        read(data)


def test_a_migration_may_have_no_vmdesc(whole):
    events = read(migrated("pc,suppress-vmdesc=on"))
    assert isinstance(events[-1], Eof)
    assert shapes(events) == shapes(whole[1])


def test_a_migration_may_leave_shared_memory_out():
    data = migrated("pc,memory-backend=m", *SHARED, capability="x-ignore-shared")
    events = read(data)
    configuration = next(event for event in events if isinstance(event, Configuration))
    assert configuration.parts == (
        ConfigurationPart("configuration/capabilities", 1, ("x-ignore-shared",)),
    )
    blocks = {event.name: event for event in events if isinstance(event, RamBlock)}
    assert (blocks["m"].size, blocks["m"].address) == (MEMORY_MB << 20, 0)
    assert blocks["pc.bios"].address == 0x100000000 - blocks["pc.bios"].size
    sent = {event.block for event in events if isinstance(event, RamPages | RamZeros)}
    assert sent
    assert "m" not in sent
    assert tuple(sections(events)) == read_stream(data).sections


def test_a_migration_may_have_its_pages_compressed():
    # Until 9.0; later there is no such capability.
    data = migrated("pc", capability="compress")
    events = read(data)
    compressed = [event for event in events if isinstance(event, RamEncoded)]
    assert {event.flag for event in compressed} == {Ram.COMPRESSED}
    # Each a whole page, behind zlib's own header.
    assert {len(zlib.decompress(event.data)) for event in compressed} == {4096}
    assert tuple(sections(events)) == read_stream(data).sections


def test_the_capabilities_may_be_told_where_nothing_is_configured():
    options = without_migration("send-configuration")
    data = migrated("pc,memory-backend=m", *SHARED, *options, capability="x-ignore-shared")
    with pytest.raises(StreamError):
        read(data)
    events = read(data, StreamReader(capabilities=["x-ignore-shared"]))
    assert Configuration not in kinds(events)
    vmdesc, _ = find_vmdesc(data)
    assert [(s.idstr, s.instance_id) for s in sections(events)] == [
        (device.idstr, device.instance_id) for device in vmdesc.devices
    ]


def test_a_migration_that_goes_on_behind_the_switch_has_its_devices_in_a_package():
    data = postcopied()
    events = read(data)
    numbers = [event.number for event in events if isinstance(event, Command)]
    assert numbers[:3] == [
        CommandNumber.OPEN_RETURN_PATH,
        CommandNumber.PING,
        CommandNumber.POSTCOPY_ADVISE,
    ]
    begin = next(
        place
        for place, event in enumerate(events)
        if isinstance(event, Command) and event.number == CommandNumber.PACKAGED
    )
    end = events.index(PackageEnd())
    package = events[begin + 1 : end]
    assert package[0] == Command(CommandNumber.POSTCOPY_LISTEN)
    assert package[-1] == Command(CommandNumber.POSTCOPY_RUN)
    assert sections(package) == sections(events)
    assert len(sections(package)) > 20
    assert kinds(events[end:]) >= {RamPages}
    assert VmdescText not in kinds(events)
    assert isinstance(events[-1], Eof)
    for size in (1000, 65_537):
        pieces = [data[place : place + size] for place in range(0, len(data), size)]
        assert single(read_events(pieces)) == single(events)


def postcopied():
    """Return the stream of a migration that was told to go on while the guest moves.

    We are its destination: it is answered on the return path when all has come.
    """
    ours, theirs = socket.socketpair()
    with session_of("pc") as session, ours, theirs:
        monitor = session._monitor
        session.exchange(["memset 0x100000 0x400000 0x5a"], "filling memory")
        for capability in ("events", "postcopy-ram"):
            enable(session, capability)
        # So slow that it can't end before it is told to go on otherwise.
        monitor.execute("migrate-set-parameters", **{"max-bandwidth": 1 << 18})
        monitor.send_descriptor("destination", theirs.fileno())
        theirs.close()
        monitor.execute("migrate", uri="fd:destination")
        monitor.execute("migrate-start-postcopy")
        ours.settimeout(DEADLINE_S)
        data = bytearray()
        reader = StreamReader()
        while True:
            piece = ours.recv(1 << 16)
            data += piece
            found = reader.feed(piece) if piece else reader.finish()
            if any(isinstance(event, Eof) for event in found):
                break
        ours.sendall(SHUT)
        done = monitor.wait_for("MIGRATION", is_over)
        assert done.data["status"] == "completed"
    return bytes(data)


# Cuts -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole():
    """The stream of a bare machine, and its events."""
    data = migrated("pc")
    return data, list(read_events([data]))


def refusal(data):
    with pytest.raises(StreamError) as caught:
        for _ in read_events([data]):
            pass
    return caught.value


def test_each_cut_of_a_section_names_the_section(whole):
    data, events = whole
    cuts = 0
    for section in sections(events):
        start, body = section.start, section.offset
        end = body + len(section.body) + 5
        # What precedes a section means nothing to it.
        alone = HEADER + data[start:end]
        for cut in range(len(alone) - (end - start) + 1, len(alone)):
            error = refusal(alone[:cut])
            in_header = cut < len(HEADER) + body - start
            assert error.path == ("header of a section" if in_header else section.idstr)
            cuts += 1
        assert refusal(alone).path == "the next section"
    assert cuts > 12_000


def test_a_cut_says_the_same_whatever_precedes_it(whole):
    data, events = whole
    first, *_, last = sections(events)
    for cut in range(first.start + 1, last.offset, 251):
        section = max((s for s in sections(events) if s.start < cut), key=lambda s: s.start)
        alone = refusal(HEADER + data[section.start : cut])
        error = refusal(data[:cut])
        assert (error.path, error.why) == (alone.path, alone.why)
        assert error.offset == alone.offset + section.start - len(HEADER)


def test_each_cut_before_the_first_page_says_what_was_read(whole):
    data, events = whole
    pages = next(e.offset for e in events if isinstance(e, RamPages | RamZeros))
    assert pages > 180
    paths = {refusal(data[:cut]).path for cut in range(pages)}
    assert paths == {
        "header",
        "the first section",
        "configuration",
        "configuration, name of the machine",
        "the next section",
        "header of a section",
        "ram",
        "ram, list of blocks",
        "ram, footer",
        "header of a part of a section",
    }


def test_a_cut_of_memory_says_that_it_was_memory(whole):
    data, events = whole
    pages = next(e.offset for e in events if isinstance(e, RamPages | RamZeros))
    first = sections(events)[0].start
    for cut in [*range(pages, first - 90, 2999), *range(first - 90, first + 1)]:
        error = refusal(data[:cut])
        assert error.path.startswith(("ram", "header of a part", "the next section"))


def test_a_cut_of_the_end_says_that_it_was_the_end(whole):
    data, events = whole
    end = next(event.offset for event in events if isinstance(event, Eof))
    assert refusal(data[:end]).path == "the next section"
    # A stream may end here.
    assert isinstance(list(read_events([data[: end + 1]]))[-1], Eof)
    for cut in [end + 2, end + 5, end + 6, *range(end + 7, len(data), 3001), len(data) - 1]:
        assert refusal(data[:cut]).path == "vmdesc"
    with pytest.raises(StreamError, match="it has no vmdesc at its end"):
        read_stream(data[: end + 1])
    with pytest.raises(StreamError, match=r"vmdesc at offset 0x[0-9a-f]+: needs"):
        read_stream(data[:-1])
