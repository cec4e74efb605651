"""Remedies: what a machine is given, by what QEMU said."""

from pathlib import Path

import pytest

from harness.qemu.argv import BLANK_IMAGE, Machine
from harness.qemu.discovery.remedies import FLASH_MB, LADDER_MB, REMEDIES, sizes_mb

BARE = Machine(Path("qemu"), "board")


def called_for(words):
    return [remedy.name for remedy in REMEDIES if remedy.about.search(words)]


def variants(name, words="", machine=BARE):
    (remedy,) = (one for one in REMEDIES if one.name == name)
    return list(remedy.variants(machine, words))


# Source: what the boards of Debian's QEMU 11.1.3 say.
@pytest.mark.parametrize(
    ("words", "sizes"),
    [
        ("Invalid RAM size, should be 16 KiB", [1 / 64]),
        ("Invalid RAM size, should be bigger than 1.5 GiB", [1536]),
        ("Memory size must be 1GB, 2GB, 3GB, or 4GB", [1024, 2048, 3072, 4096]),
        ("This machine can only be used with 512MiB or 1GiB RAM", [512, 1024]),
        ("pSeries SLOF firmware requires >= 80ldMiB guest RMA", [80]),
        ("RAM size must be multiple of 67108864", [64]),
        ("Loongson-3 machine needs at least 512MB memory", [512]),
        ("Try again with something else, like 0 MB", []),
        ("RAM size 0x400000 is small for ZCU102", []),
        ("version 7.2.22 on x86_64", []),
        ("", []),
    ],
)
def test_sizes_are_read_out_of_the_words(words, sizes):
    assert sizes_mb(words) == sizes


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Invalid RAM size 4 MiB", ["memory", "accelerator"]),
        ("allwinner_r40_dramc_realize: ram-size 4 MiB is not supported", ["memory", "accelerator"]),
        ("Memory below 64 MiB is not supported", ["memory", "accelerator"]),
        ("no default audio driver available", ["audio", "accelerator"]),
        (
            "A flash image must be given with the 'pflash' parameter",
            ["flash", "firmware", "accelerator"],
        ),
        (
            "device requires 16777216 bytes, block backend provides 1048576 bytes",
            ["flash", "accelerator"],
        ),
        ("Kernel image must be specified", ["firmware", "accelerator"]),
        ("Can't read bios image 'u-boot.bin'", ["firmware", "accelerator"]),
        ("could not load MacROM 'MacROM.bin'", ["firmware", "accelerator"]),
        ("Could not find dtb file 'pegasos2.dtb'", ["firmware", "accelerator"]),
        (
            "killed by signal 6: a.c:1: Assertion `x' failed.",
            ["memory after a crash", "accelerator"],
        ),
        ("no such device", ["accelerator"]),
    ],
)
def test_the_words_call_for_remedies(words, names):
    assert called_for(words) == names


def test_the_memory_that_is_named_comes_first_then_a_ladder_then_the_machines_own():
    found = variants("memory", "only 1 GiB or 24 MiB, not 4 MiB, of RAM")
    sizes = [machine.memory_mb for machine in found]
    assert sizes == [24, 1024, *(size for size in LADDER_MB if size != 1024), 0]
    assert {machine.devices for machine in found} == {()}


def test_memory_after_a_crash_is_the_ladder():
    sizes = [
        machine.memory_mb for machine in variants("memory after a crash", "killed by signal 6")
    ]
    assert sizes == [*LADDER_MB, 0]


def test_audio_goes_nowhere():
    before, since = variants("audio", machine=Machine(Path("qemu"), "board", ("-smp", "2")))
    assert before.devices == ("-smp", "2", "-audiodev", "none,id=audio")
    assert since.devices == ("-smp", "2", "-audio", "driver=none")


def test_flash_memory_is_empty_and_of_every_usual_size():
    found = variants("flash")
    assert len(found) == len(FLASH_MB)
    assert found[4].devices == (
        "-drive",
        "if=pflash,readonly=on,driver=null-co,read-zeroes=on,size=16M",
    )


def test_firmware_is_a_file_of_zeros():
    assert [machine.devices for machine in variants("firmware")] == [
        ("-bios", BLANK_IMAGE),
        ("-kernel", BLANK_IMAGE),
    ]


def test_at_last_there_is_the_accelerator_of_qemus_own_tests():
    (machine,) = variants("accelerator")
    assert machine.accelerator == "qtest"
