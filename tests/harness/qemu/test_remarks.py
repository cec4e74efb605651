"""Remarks: what is printed of a load is an error only where loading failed."""

import pytest

from harness.qemu.remarks import FAULTS, Remarks, complaint

VQ = "VQ 0 size 0x80 Guest index 0x0 inconsistent with Host index 0x1: delta 0xffff"
[TOOK_BACK] = FAULTS.values()


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ("", ""),
        ("\n", ""),
        ("warning: no such feature\ninfo: so it goes\n", ""),
        (
            "warning: no such feature\nAHCI: no\nError: bad\nwarning: late\nsee above\n",
            "AHCI: no\nError: bad\nsee above",
        ),
    ],
)
def test_a_warning_is_no_complaint(printed, why):
    assert complaint(printed) == why


@pytest.mark.parametrize("printed", ["audio: Invalid audio settings: frequency=-1\n", VQ])
def test_what_a_device_reports_and_loads_all_the_same_is_no_complaint(printed):
    assert complaint(printed) == ""


def test_what_is_held_against_the_guest_is_told_once(tmp_path):
    remarks = Remarks(tmp_path / "log")
    remarks.hear(f"{VQ}\r\n{VQ.replace('VQ 0', 'VQ 1')}\r\n")
    assert remarks.take() == (TOOK_BACK,)
    assert remarks.take() == ()
    remarks.hear("audio: Invalid audio settings: frequency=-1\r\n")
    assert remarks.take() == ()


def test_the_log_is_read_on_from_where_it_was_read_to(tmp_path):
    log = tmp_path / "log"
    log.write_text("qemu: starting\n")
    remarks = Remarks(log)
    assert remarks.take() == ()
    with log.open("a") as more:
        more.write(f"qemu: {VQ}\n")
    assert remarks.take() == (TOOK_BACK,)
    assert remarks.take() == ()


def test_what_the_log_got_is_returned_once_and_held_against_the_guest_all_the_same(tmp_path):
    log = tmp_path / "log"
    remarks = Remarks(log)
    assert remarks.read() == ""
    log.write_text(f"qemu: {VQ}\n")
    assert remarks.read() == f"qemu: {VQ}"
    assert remarks.read() == ""
    assert remarks.take() == (TOOK_BACK,)
