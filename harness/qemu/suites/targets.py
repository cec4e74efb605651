"""Which Debian package a target's emulator is in.

Pure; knows names only.
"""

from __future__ import annotations

from collections.abc import Collection

from harness.errors import ConfigError

#: The last word of the package's name, best first: releases from trixie on part more of them.
#: Source: debian/control of qemu 1:5.2+dfsg-11 (bullseye), 1:7.2+dfsg-7 (bookworm) and
#: 1:10.0.2+ds-2 (trixie).
_FAMILIES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("arm",): ("aarch64", "arm"),
    ("x86",): ("i386", "x86_64"),
    ("mips",): ("mips", "mips64", "mips64el", "mipsel"),
    ("ppc",): ("ppc", "ppc64"),
    ("sparc",): ("sparc", "sparc64"),
    ("riscv", "misc"): ("riscv32", "riscv64"),
    ("s390x", "misc"): ("s390x",),
    ("misc",): (
        *("alpha", "avr", "cris", "hppa", "lm32", "loongarch64", "m68k", "microblaze"),
        *("microblazeel", "moxie", "nios2", "or1k", "rx", "sh4", "sh4eb", "tricore"),
        *("unicore32", "xtensa", "xtensaeb"),
    ),
}
#: Each target that QEMU has or had, with the packages that may hold it, best first.
PACKAGES = {
    target: tuple(f"qemu-system-{family}" for family in families)
    for families, targets in _FAMILIES.items()
    for target in targets
}
#: What a package of QEMU only recommends in some releases, taken where a suite has it: firmware
#: that machines need, and modules with devices.  A module that is not there would be looked for
#: among those of the machine, of another build: QEMU 11.1 then aborts on ``-device help``.
#: Source: QEMU 11.1 util/module.c, module_load_dso(), and Debian's fixed module directory.
COMPANIONS = (
    "ipxe-qemu",
    "qemu-system-modules-opengl",
    "qemu-system-modules-spice",
    "seabios",
)


def check_targets(targets: Collection[str]) -> None:
    """Refuse names of targets that QEMU never had.

    Raises:
        ConfigError: one of *targets* is none.
    """
    for target in targets:
        if target not in PACKAGES:
            raise ConfigError(
                f"--arch {target}: QEMU has no such target",
                f"known are {', '.join(sorted(PACKAGES))}",
            )


def package_of(target: str, suite: str, available: Collection[str]) -> str:
    """Return the package of *available* that holds the emulator of *target*.

    Raises:
        ConfigError: *suite* has none of those that may hold it.
    """
    for package in PACKAGES[target]:
        if package in available:
            return package
    raise no_package(target, suite, sorted(name for name in available if "qemu-system-" in name))


def no_package(target: str, suite: str, there: Collection[str]) -> ConfigError:
    """Return the error that *suite* has no emulator of *target*, and what it has instead."""
    return ConfigError(
        f"debian:{suite} has no package with qemu-system-{target}",
        f"it has {', '.join(there) or 'no QEMU at all'}: name another --arch, or another suite",
    )
