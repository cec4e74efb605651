"""Command lines are compared as tuples."""

import json
from dataclasses import replace
from pathlib import Path

from harness.qemu.argv import (
    BLANK_IMAGE,
    PEER_SOCKET,
    Machine,
    Wiring,
    command_line,
    launch_arguments,
    own_arguments,
)

WIRING = Wiring(qmp_fd=7, qtest_fd=9, image=Path("/dev/shm/x, y/snapshots.qcow2"))
QEMU = Path("/usr/bin/qemu-system-x86_64")


def value_of(argv, option):
    return argv[argv.index(option) + 1]


def test_the_command_line_is_exactly_this():
    node = json.dumps(
        {
            "driver": "qcow2",
            "node-name": "snapshots",
            "file": {"driver": "file", "filename": "/dev/shm/x, y/snapshots.qcow2"},
        }
    )
    assert command_line(Machine(QEMU), WIRING) == (
        "/usr/bin/qemu-system-x86_64",
        "-blockdev",
        node,
        "-chardev",
        "socket,id=monitor,fd=7",
        "-qmp",
        "chardev:monitor",
        "-chardev",
        "socket,id=qtest,fd=9",
        "-qtest",
        "chardev:qtest",
        "-qtest-log",
        "none",
        "-machine",
        "suppress-vmdesc=off",
        *launch_arguments(Machine(QEMU)),
    )


def test_what_the_machine_is_names_no_file_and_no_socket():
    assert launch_arguments(Machine(QEMU, devices=("-device", "e1000"))) == (
        "-M",
        "pc",
        "-nodefaults",
        "-display",
        "none",
        "-S",
        "-no-shutdown",
        "-m",
        "4M",
        "-accel",
        "tcg",
        "-rtc",
        "base=2020-01-01T00:00:00,clock=vm",
        "-seed",
        "1",
        "-device",
        "e1000",
    )


def test_machine_and_memory_are_the_users():
    argv = command_line(Machine(QEMU, "q35", memory_mb=64), WIRING)
    assert value_of(argv, "-M") == "q35"
    assert value_of(argv, "-m") == "64M"


def test_a_machine_draws_random_numbers_from_its_seed():
    assert value_of(launch_arguments(Machine(QEMU, seed=7)), "-seed") == "7"
    assert own_arguments(Machine(QEMU, seed=7)) == ()


def test_the_users_own_arguments_come_last():
    argv = command_line(Machine(QEMU, devices=("-device", "e1000")), WIRING)
    assert argv[-2:] == ("-device", "e1000")


def test_the_image_belongs_to_no_device():
    node = json.loads(value_of(command_line(Machine(QEMU), WIRING), "-blockdev"))
    assert node["file"]["filename"] == str(WIRING.image)
    assert "-drive" not in command_line(Machine(QEMU), WIRING)


def test_memory_can_be_less_than_a_mebibyte_or_the_machines_own():
    assert value_of(launch_arguments(Machine(QEMU, memory_mb=1 / 64)), "-m") == "16K"
    assert value_of(launch_arguments(Machine(QEMU, memory_mb=1536.0)), "-m") == "1536M"
    assert "-m" not in launch_arguments(Machine(QEMU, memory_mb=0))


def test_the_accelerator_can_be_chosen():
    assert value_of(launch_arguments(Machine(QEMU, accelerator="qtest")), "-accel") == "qtest"


def test_the_blank_image_lies_beside_the_snapshots_and_has_no_path_elsewhere():
    machine = Machine(QEMU, devices=("-bios", BLANK_IMAGE))
    assert command_line(machine, WIRING)[-2:] == ("-bios", "/dev/shm/x, y/zeros.img")
    assert launch_arguments(machine)[-2:] == ("-bios", "zeros.img")


def test_a_process_has_a_socket_of_its_own_for_two_character_devices():
    devices = (f"socket,id=a,server=on,path={PEER_SOCKET}", f"socket,id=b,path={PEER_SOCKET}")
    machine = Machine(QEMU, devices=devices)
    assert command_line(machine, WIRING)[-2:] == (
        "socket,id=a,server=on,path=/dev/shm/x,, y/peer.sock",
        "socket,id=b,path=/dev/shm/x,, y/peer.sock",
    )
    assert launch_arguments(machine)[-2:] == devices


def test_own_arguments_are_those_that_others_of_the_name_do_not_have():
    bare = Machine(QEMU, "board")
    assert own_arguments(bare) == ()
    assert own_arguments(replace(bare, memory_mb=64)) == ("-m", "64M")
    own = Machine(QEMU, "board", ("-audio", "driver=none"), accelerator="qtest")
    assert own_arguments(own) == ("-accel", "qtest", "-audio", "driver=none")


def test_memory_that_is_kept_is_in_a_file_beside_the_image_and_not_in_the_machine():
    machine = Machine(QEMU, "raspi3b", memory_mb=1024, keeps_memory=True)
    argv = command_line(machine, WIRING)
    assert argv[-4:] == (
        "-object",
        "memory-backend-file,id=kept,share=on,size=1073741824,mem-path=/dev/shm/x,, y/memory",
        "-machine",
        "memory-backend=kept",
    )
    assert launch_arguments(machine) == launch_arguments(replace(machine, keeps_memory=False))
