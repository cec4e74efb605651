"""Which package a target is in."""

import pytest

from harness.errors import ConfigError
from harness.qemu.suites.targets import PACKAGES, check_targets, no_package, package_of


@pytest.mark.parametrize(
    ("target", "package"),
    [
        ("x86_64", "qemu-system-x86"),
        ("aarch64", "qemu-system-arm"),
        ("m68k", "qemu-system-misc"),
        ("riscv64", "qemu-system-misc"),
    ],
)
def test_a_target_is_in_a_package_of_bookworm(target, package):
    there = {"qemu-system-x86", "qemu-system-arm", "qemu-system-misc", "bash"}
    assert package_of(target, "bookworm", there) == package


def test_a_package_of_its_own_is_preferred():
    there = {"qemu-system-misc", "qemu-system-riscv"}
    assert package_of("riscv64", "trixie", there) == "qemu-system-riscv"


def test_every_target_is_in_some_package():
    check_targets(PACKAGES)
    assert all(packages for packages in PACKAGES.values())


def test_an_unknown_target_is_refused():
    with pytest.raises(
        ConfigError, match=r"--arch z80: QEMU has no such target\n  known are aarch"
    ):
        check_targets(["x86_64", "z80"])


def test_a_suite_without_the_package_says_what_it_has():
    with pytest.raises(ConfigError) as caught:
        package_of("sparc", "sid", {"qemu-system-x86", "qemu-system-arm", "bash"})
    assert str(caught.value) == (
        "debian:sid has no package with qemu-system-sparc\n"
        "  it has qemu-system-arm, qemu-system-x86: name another --arch, or another suite"
    )


def test_a_suite_may_have_no_qemu():
    assert no_package("arm", "sid", ()).remedy.startswith("it has no QEMU at all: ")
