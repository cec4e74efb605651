"""What real machines send, to the last byte: rewritten, decoded, and cut in two ways.

A slice of the table of :mod:`tests.support.machine_table`, which is made as a whole by
``python -m tests.support.machine_table``.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from functools import cache

import pytest

from harness.qemu.argv import Machine
from harness.qemu.binaries import dump_vmstate, find, find_one
from harness.qemu.session import Session
from tests.support import machine_table
from tests.support.engines import ENGINES
from tests.support.machine_table import (
    BOARDS,
    DEADLINE_S,
    OTHERS,
    Board,
    Row,
    all_boards,
    complaints,
    measured,
)
from vmstate import Release
from vmstate.blank import blank
from vmstate.decoded import bytes_of, decode_stream
from vmstate.dump import read_dump
from vmstate.leaves import leaves
from vmstate.merge import merge
from vmstate.sent import read_sent
from vmstate.settle import settle
from vmstate.stream import read_stream

pytestmark = pytest.mark.qemu

_BINARIES = {binary.target: binary for binary in find()}
#: Descriptions that a vmdesc alone does not tell well enough to load by, and why.  That of
#: the binary's dump has other names for fields.
MERGED = {"e1000": "its fields are elements of one array, named by constants"}
_SLICE = (
    "x86_64 isapc devices",
    "x86_64 microvm devices",
    "x86_64 pc-i440fx-1.4 bare",
    "x86_64 pc-i440fx-2.4 bare",
    "x86_64 pc-q35-2.4 bare",
    "x86_64 none bare",
)
#: Machines that must be there; those of other targets are asked where their QEMU is.
_PLUGGED = [board for board in BOARDS if board.target == "x86_64"]
#: Its 2 MiB of translations for I/O are 262144 fields, which take longer than all others.
_TOO_LARGE = {"ppc64"}
_OTHERS = [
    board for board in OTHERS if board.devices and board.target in _BINARIES.keys() - _TOO_LARGE
]


@cache
def x86_boards() -> dict[str, Board]:
    return {board.name: board for _, board in all_boards([find_one()])}


@cache
def stream_of(board: Board) -> bytes:
    machine = Machine(_BINARIES[board.target].path, board.machine, board.arguments, board.memory_mb)
    with closing(Session(machine, DEADLINE_S)) as session:
        return session.migration_stream("decoding it")


def checked(row):
    assert not row.refused
    assert row.is_same
    assert row.undecoded == Counter()
    assert row.fields > row.sections
    return row


@pytest.mark.parametrize("name", _SLICE)
def test_a_machine_types_state_is_rewritten_and_decoded_to_the_last_byte(name):
    checked(measured(find_one(), x86_boards()[name]))


@pytest.mark.parametrize("board", [*_PLUGGED, *_OTHERS], ids=lambda board: board.name)
def test_so_is_a_machines_with_twenty_devices_and_more(board):
    row = checked(machine_table.row_of(board, stream_of(board)))
    assert board.devices >= 20
    assert row.sections > board.devices


@pytest.mark.parametrize("board", _PLUGGED, ids=lambda board: board.name)
def test_every_value_of_a_real_stream_gives_its_bytes_back(board):
    for section in decode_stream(read_stream(stream_of(board))):
        paths = [field.path for field in section.fields]
        assert len(set(paths)) == len(paths)
        for field in section.fields:
            again = bytes_of(field.type, field.value, len(field.data), field.path)
            assert again == field.data, (section.idstr, field.path)


@pytest.mark.parametrize("board", _PLUGGED, ids=lambda board: board.name)
def test_cutting_by_the_vmdesc_and_saving_by_its_description_give_the_same_leaves(board):
    binary = _BINARIES["x86_64"]
    release = Release.parse(binary.version_text)
    dump = read_dump(dump_vmstate(binary.path))
    stream = read_stream(stream_of(board))
    for section, device in zip(stream.sections, stream.vmdesc.devices, strict=True):
        settled = settle(described(dump, device), device.body)
        codec, state = ENGINES["interpreted"](settled, release), blank(settled)
        codec.load(state, section.body, section.version_id)
        saved = codec.save(state)
        assert saved.data == section.body, section.idstr
        cut = [
            (leaf.path, leaf.type, leaf.offset, len(leaf.data))
            for leaf in leaves(device, section.body)
        ]
        written = list(spans(saved))
        if device.body.name in MERGED:
            cut, written = [leaf[1:] for leaf in cut], [leaf[1:] for leaf in written]
        assert cut == written, section.idstr


def described(dump, device):
    """Return a section's description, by its vmdesc alone but for those in MERGED."""
    if device.body.name not in MERGED:
        return read_sent(device.body)
    (dumped,) = dump.named(device.body.name)
    return merge(dumped, device.body)


def spans(saved):
    """Yield the leaves that were saved, by the names that a vmdesc gives them.

    A temporary is one element, which a layout numbers and a vmdesc does not; of two leaves
    of one name a vmdesc's second one has a number.
    """
    seen = Counter()
    for span in saved.spans:
        if span.size:
            path = span.path.replace("tmp[0].", "tmp.")
            seen[path] += 1
            number = seen[path]
            yield path if number == 1 else f"{path}#{number}", span.type, span.offset, span.size


# What a guest writes ------------------------------------------------------------------------


def config(slot, register, value, width="l"):
    """Return the commands that write a register of a PCI device's configuration space."""
    at = 0x80000000 | slot << 11 | register & ~3
    return [f"outl 0xcf8 {at:#x}", f"out{width} {0xCFC + register % 4:#x} {value:#x}"]


_COMMON, _TABLE, _MMIO = 0xFE000000, 0xFE100000, 0xFEB02E00
_MODERN = "virtio.<virtio/extra_state>.<virtio_pci/modern_state>"
_PCI_BLOCK = (
    *("-blockdev", "null-co,node-name=d,read-zeroes=on"),
    *("-device", "virtio-blk-pci,drive=d,num-queues=2"),
)
#: A machine, its devices, commands, and the fields of the last device that then hold what.
WRITES = {
    "registers of a PCI device": (
        "pc",
        ("-device", "e1000"),
        [*config(2, 0x10, 0xFEBC0000), *config(2, 0x04, 7, "w"), *config(2, 0x3C, 11, "b")],
        {
            "parent_obj.config[0].bar[0]": 0xFEBC0000,
            "parent_obj.config[0].command": 7,
            "parent_obj.config[0].interrupt_line": 11,
        },
    ),
    "registers of a virtio device in memory": (
        "microvm",
        ("-blockdev", "null-co,node-name=d", "-device", "virtio-blk-device,drive=d"),
        [
            f"writel {_MMIO + register:#x} {value:#x}"
            for register, value in (
                (0x028, 4096),
                (0x014, 1),
                (0x030, 0),
                (0x038, 64),
                (0x03C, 8192),
                (0x040, 0x10),
                (0x070, 1),
            )
        ],
        {
            "virtio.transport.guest_page_shift": 12,
            "virtio.transport.host_features_sel": 1,
            "virtio.status": 1,
            "virtio.queues[0].num": 64,
            "virtio.queues[0].align": 8192,
            "virtio.queues[0].desc": 0x10000,
        },
    ),
    "registers of a modern virtio device, and its messages": (
        "pc",
        _PCI_BLOCK,
        [
            *config(2, 0x20, _COMMON),
            *config(2, 0x14, _TABLE),
            *config(2, 0x04, 6, "w"),
            f"writeb {_COMMON + 0x14:#x} 3",
            f"writel {_COMMON + 0x08:#x} 1",
            f"writew {_COMMON + 0x10:#x} 2",
            f"writew {_COMMON + 0x16:#x} 1",
            f"writew {_COMMON + 0x18:#x} 32",
            f"writew {_COMMON + 0x1A:#x} 1",
            f"writel {_COMMON + 0x20:#x} 0x12000",
            f"writel {_COMMON + 0x34:#x} 5",
            f"writel {_TABLE + 0x10:#x} 0xfee00000",
            f"writel {_TABLE + 0x18:#x} 0x4041",
        ],
        {
            "virtio.status": 3,
            "virtio.queue_sel": 1,
            "virtio.transport.config_vector": 2,
            "virtio.queues[1].vector": 1,
            f"{_MODERN}.gfselect": 1,
            f"{_MODERN}.vqs[1].num": 32,
            f"{_MODERN}.vqs[1].desc[0]": 0x12000,
            f"{_MODERN}.vqs[1].used[1]": 5,
            "virtio.transport.msix.table[1].address": 0xFEE00000,
            "virtio.transport.msix.table[1].data": 0x4041,
        },
    ),
}


@pytest.mark.parametrize(
    ("machine", "devices", "commands", "expected"), WRITES.values(), ids=WRITES
)
def test_what_a_guest_writes_is_in_the_field_of_that_name(machine, devices, commands, expected):
    board = Machine(find_one().path, machine, devices)
    with closing(Session(board, DEADLINE_S)) as session:
        session.exchange(commands, "writing registers")
        stream = read_stream(session.migration_stream("decoding what was written"))
    found = {}
    for section in decode_stream(stream):
        values = {field.path: field.value for field in section.fields}
        if expected.keys() <= values.keys():
            found = values
    assert {path: found.get(path) for path in expected} == expected


# The table's own judgement ------------------------------------------------------------------


def row(name="x86_64 pc bare", *, is_same=True, refused="", **undecoded):
    target, machine, label = name.split()
    found = Counter({("dev", kind): size for kind, size in undecoded.items()})
    return Row(Board(target, machine, label), 1, 2, 3, is_same, found, refused)


@pytest.fixture
def reasons(monkeypatch):
    """Have no reasons but those of a test."""
    monkeypatch.setattr(machine_table, "UNDECODED", {})
    monkeypatch.setattr(machine_table, "REFUSED", {})
    return machine_table


def test_a_table_without_faults_has_no_complaints(reasons):
    assert complaints([row(), row("arm virt bare")]) == []


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (row(is_same=False), "x86_64 pc bare: what was read is not written alike"),
        (row(odd=3), "dev: 3 bytes of type 'odd' mean nothing, and no reason is given"),
        (row(refused="can't be saved: no"), "x86_64 pc bare: can't be saved: no"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(reasons, found, why):
    assert complaints([found]) == [why]


def test_a_reason_explains_bytes_until_it_is_no_longer_needed(reasons):
    reasons.UNDECODED["dev", "odd"] = "nobody knows"
    assert complaints([row(odd=3)]) == []
    assert complaints([row()]) == ["dev: the reason for 'odd' is no longer needed"]


def test_a_reason_explains_a_refusal_until_it_is_no_longer_refused(reasons):
    reasons.REFUSED["x86_64 pc bare"] = "it can't be helped"
    assert complaints([row(refused="dies")]) == []
    assert complaints([row()]) == ["x86_64 pc bare: it is not refused"]


def test_a_row_shows_its_numbers_or_the_refusal():
    assert str(row(odd=5)).split() == ["x86_64", "pc", "bare", "0", "1", "2", "3", "same", "5"]
    assert "DIFFERENT" in str(row(is_same=False))
    assert str(row(refused="does not start: no")).endswith("does not start: no")


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (("-device", "no-such-device"), "does not start: -device no-such-device: "),
        (("-device", "usb-ehci,id=u", "-device", "nvme,serial=s"), "can't be saved: "),
    ],
)
def test_a_machine_without_state_is_in_the_table_with_what_qemu_said(arguments, start):
    refused = measured(find_one(), Board("x86_64", "pc", "odd", arguments)).refused
    assert refused.startswith(start)


def test_the_whole_table_is_shown_with_its_reasons(reasons, monkeypatch):
    binary = find_one()
    boards = [
        (binary, Board("x86_64", "none")),
        (binary, Board("x86_64", "isapc", "odd", ("-device", "no-such-device"))),
    ]
    monkeypatch.setattr(machine_table, "all_boards", lambda _: iter(boards))
    reasons.REFUSED["x86_64 isapc odd"] = "there is no such device"
    reasons.UNDECODED["dev", "odd"] = "nobody knows"
    shown = []
    assert machine_table.main(shown.append) == 1
    assert [line.split()[0] for line in shown[:3]] == ["target", "x86_64", "x86_64"]
    assert shown[3:] == [
        "not decoded: odd of dev: nobody knows",
        "no state: x86_64 isapc odd: there is no such device",
        "WRONG: dev: the reason for 'odd' is no longer needed",
    ]
