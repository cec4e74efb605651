"""Idle: what is said of devices that nothing can move."""

import pytest

from harness.report.idle import why_idle, why_unreached


@pytest.mark.parametrize(
    ("device", "why"),
    [
        ("usb-host", "it needs a USB device of the host"),
        ("usb-redir", "it needs a peer at its character device that speaks usbredir"),
        ("vmclock", "its only field is an address that never changes"),
        ("armv7m", "its fields are the periods of two clocks, which the board sets once"),
        ("spapr-xive", "hypercalls alone change it, and those take a CPU that runs"),
        (
            "sp804[1]",
            "its only field are its timers' lines, which rise with time; here it stands still",
        ),
        (
            "vmgenid",
            "once the guest has told its place, loading changes memory there, as it should",
        ),
        ("e1000", ""),
    ],
)
def test_what_only_the_world_outside_moves_is_said(device, why):
    assert why_idle(device) == why


UNREACHED = "none of its registers can be reached safely"


@pytest.mark.parametrize(
    ("device", "said", "why"),
    [
        ("AMDVI-PCI", UNREACHED, "0 for a vendor, and a guest finds none there"),
        ("ramfb", UNREACHED, "it has none, and without a description nothing of it is sent"),
        ("loader", UNREACHED, UNREACHED),
        ("ramfb", "the budget was spent before its turn", "the budget was spent before its turn"),
    ],
)
def test_why_no_register_is_reached_is_said_where_it_is_known(device, said, why):
    assert why_unreached(device, said).startswith(said)
    assert why_unreached(device, said).endswith(why)
