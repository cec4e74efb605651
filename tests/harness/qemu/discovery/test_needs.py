"""Needs of single devices."""

import pytest

from harness.qemu.discovery.needs import NEEDS, needs_of


def test_each_need_has_a_reason_and_asks_for_something():
    for need in NEEDS:
        assert len(need.reason.split()) > 3
        assert need.options or need.arguments or need.after


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("nvdimm", 2),
        ("virtio-mem-pci", 1),
        ("cxl-rp", 1),
        ("pxb-cxl", 1),
        ("nvme", 1),
        ("ccid-card-passthru", 2),
        ("ipmi-bmc-extern", 2),
        ("nvme-ns", 0),
        ("my-nvme", 0),
        ("e1000", 0),
    ],
)
def test_a_pattern_matches_the_whole_name(name, count):
    assert len(needs_of(name)) == count


def test_a_disk_of_the_nvme_kind_gets_a_serial_number():
    assert needs_of("nvme")[0].options == {"serial": "1"}


def test_who_speaks_to_a_character_device_does_so_through_a_socket_of_the_process():
    listening, speaking = needs_of("ccid-card-passthru")
    assert listening.options == {"chardev": "listener"}
    assert [word for word in listening.arguments if word.endswith(",path=peer.sock")] == [
        "socket,id=listener,server=on,wait=off,path=peer.sock",
        "socket,id=speaker,path=peer.sock",
    ]
    assert speaking.after == ("-device", "isa-debugcon,id={id}-speaker,chardev=speaker")
