"""Idle: what is said of devices that nothing can move."""

import pytest

from harness.report.idle import why_idle


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
        ("ipmi-bmc-extern", "it needs a BMC that answers at its character device"),
        ("e1000", ""),
    ],
)
def test_what_only_the_world_outside_moves_is_said(device, why):
    assert why_idle(device) == why
