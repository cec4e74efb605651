"""The script that starts an unpacked QEMU, on trees made by hand and on the installed one."""

import shutil
import subprocess
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.qemu import binaries
from harness.qemu.suites.wrapper import find_loader, library_folders, wrapper_script

LIB = "lib/x86_64-linux-gnu"


def touch(root, *names, content=b""):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture
def tree(tmp_path):
    """Make a tree like an unpacked one, whose loader prints its arguments."""
    root = tmp_path / "a tree"
    loader = f"{LIB}/ld-linux-x86-64.so.2"
    touch(
        root,
        loader,
        content=b'#!/bin/sh\n# --argv0\necho "$QEMU_MODULE_DIR"\nprintf "%s\\n" "$@"\n',
    )
    (root / loader).chmod(0o755)
    touch(root, f"usr/{LIB}/libz.so.1", f"usr/{LIB}/pulse/libp.so.1", f"usr/{LIB}/gconv/IBM.so")
    touch(root, f"usr/{LIB}/glibc-hwcaps/libz.so.1", f"usr/{LIB}/qemu/accel.so")
    touch(root, "usr/share/qemu/bios.bin", "usr/bin/qemu-system-x86_64")
    return root


def run(script, tmp_path, *arguments):
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(script)
    wrapper.chmod(0o755)
    return subprocess.run(
        [str(wrapper), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout


def test_the_loader_is_given_libraries_name_program_arguments_and_data(tree, tmp_path):
    said = run(wrapper_script(tree, "qemu-system-x86_64", tree), tmp_path, "-M", "two words")
    libraries = ":".join(f"{tree}/{name}" for name in (LIB, f"usr/{LIB}", f"usr/{LIB}/pulse"))
    assert said.splitlines() == [
        f"{tree}/usr/{LIB}/qemu",
        *("--library-path", libraries, "--argv0", "qemu-system-x86_64"),
        f"{tree}/usr/bin/qemu-system-x86_64",
        *("-M", "two words", "-L", f"{tree}/usr/share/qemu"),
    ]


def test_the_script_names_where_the_files_will_be(tree, tmp_path):
    script = wrapper_script(tree, "qemu-system-x86_64", Path("/final"))
    assert str(tree) not in script
    assert "/final/usr/bin/qemu-system-x86_64" in script


def test_a_folder_of_firmware_is_not_taken_for_the_modules(tree, tmp_path):
    touch(tree, "usr/lib/ipxe/qemu/pxe.rom")
    said = run(wrapper_script(tree, "qemu-system-x86_64", tree), tmp_path).splitlines()
    assert said[0] == f"{tree}/usr/{LIB}/qemu"
    assert said[-2:] == ["-L", f"{tree}/usr/lib/ipxe/qemu"]


def test_where_a_script_stands_in_its_place_the_program_is_in_libexec(tree):
    name = "qemu-system-i386"
    touch(tree, f"usr/bin/{name}", content=b'#! /bin/sh\nexec /usr/libexec/qemu-system-i386 "$@"\n')
    touch(tree, f"usr/libexec/{name}", content=b"\x7fELF\x02")
    assert f"/final/usr/libexec/{name} " in wrapper_script(tree, name, Path("/final"))
    touch(tree, f"usr/bin/{name}", content=b"\x7fELF\x02")
    assert f"/final/usr/bin/{name} " in wrapper_script(tree, name, Path("/final"))


def test_an_old_loader_is_not_told_the_name(tree):
    touch(tree, f"{LIB}/ld-linux-x86-64.so.2", content=b"glibc 2.31")
    assert "--argv0" not in wrapper_script(tree, "qemu-system-x86_64", tree)


def test_without_modules_and_data_there_is_nothing_to_name(tree):
    shutil.rmtree(tree / f"usr/{LIB}/qemu")
    shutil.rmtree(tree / "usr/share")
    script = wrapper_script(tree, "qemu-system-x86_64", tree)
    assert "QEMU_MODULE_DIR" not in script
    assert script.endswith('"$@"\n')


def test_variants_of_libraries_are_left_to_the_loader(tree):
    assert list(library_folders(tree)) == [LIB, f"usr/{LIB}", f"usr/{LIB}/pulse"]


def test_the_link_to_the_loader_of_this_machine_is_not_followed(tree):
    (tree / "lib64").mkdir()
    (tree / "lib64/ld-linux-x86-64.so.2").symlink_to("/" + f"{LIB}/ld-linux-x86-64.so.2")
    assert find_loader(tree) == tree / f"{LIB}/ld-linux-x86-64.so.2"


def test_another_architecture_names_its_loader_differently(tmp_path):
    touch(tmp_path, "usr/lib/powerpc64le-linux-gnu/ld64.so.2")
    assert find_loader(tmp_path).name == "ld64.so.2"


def test_a_tree_without_a_loader_is_refused(tmp_path):
    with pytest.raises(ConfigError) as caught:
        wrapper_script(tmp_path, "qemu-system-x86_64", tmp_path)
    assert str(caught.value) == (
        f"no dynamic loader (libc6) was unpacked into {tmp_path}\n"
        "  the suite's packages are incomplete: name another suite, or another --mirror"
    )


@pytest.mark.qemu
def test_the_installed_qemu_runs_from_a_tree(tmp_path):
    installed = binaries.find_one().path
    tree = tmp_path / "files"
    linked = subprocess.run(
        ["ldd", str(installed)], capture_output=True, text=True, timeout=30, check=True
    )
    folder = tree / "usr" / LIB
    folder.mkdir(parents=True)
    for path in {word for word in linked.stdout.split() if word.startswith("/")}:
        shutil.copy(path, folder)
    (tree / "usr/bin").mkdir()
    shutil.copy(installed, tree / "usr/bin")
    said = run(wrapper_script(tree, installed.name, tree), tmp_path, "--version")
    assert said.startswith(f"QEMU emulator version {binaries.probe(installed).version_text}\n")
