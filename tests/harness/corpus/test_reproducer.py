"""The reproducer: a script that stands alone."""

import ast
import re
import subprocess
import sys
from dataclasses import replace
from itertools import product

import pytest

from harness.corpus.reproducer import Launch, reproducer
from harness.qemu.binaries import find_one
from harness.trace import Trace
from tests.support.findings import make_finding

DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
MODULE = (sys.executable, "-m", "ruff")
NMI = replace(make_finding().culprit, region="", offset=None, bits=0, line="nmi")
LAUNCH = Launch("qemu-system-x86_64", ("-M", "pc", "-m", "16"), "/machine/ioapic")


def constants(script):
    """The values of the script's module-level names that are plain literals."""
    found = {}
    for node in ast.parse(script).body:
        if isinstance(node, ast.Assign):
            found[node.targets[0].id] = ast.literal_eval(node.value)
    return found


def test_it_says_what_and_how():
    script = reproducer(make_finding(), LAUNCH)
    text = ast.get_docstring(ast.parse(script))
    assert text.startswith("i8257 loses dma-cont+0x0 bits 0xf0")
    assert "Found with QEMU 7.2.22, machine pc; reproduced 3 of 3 times." in text
    assert f"python3 {make_finding().id}.py [QEMU]" in text


def test_it_holds_machine_lines_and_trace():
    values = constants(reproducer(make_finding(), LAUNCH))
    assert values["MACHINE"] == ["-M", "pc", "-m", "16"]
    assert values["INTERCEPT"] == "/machine/ioapic"
    assert values["TRACE"].split() == ["outb", "0x9", "0x4", "cycle", "inb", "0x8"]


def test_it_needs_the_standard_library_only():
    tree = ast.parse(reproducer(make_finding(), LAUNCH))
    names = {alias.name for node in ast.walk(tree) for alias in getattr(node, "names", [])}
    assert names <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("changes", "lines", "state"),
    [
        ({}, False, False),
        ({"kind": "interrupt lost"}, True, False),
        ({"kind": "not restored", "culprit": NMI}, True, False),
        ({"oracle": "idempotence", "kind": "changed by loading"}, False, True),
    ],
)
def test_it_compares_what_the_finding_is_about(changes, lines, state):
    script = reproducer(make_finding(**changes), LAUNCH)
    assert ("mine_moves != their_moves" in script) is lines
    assert ("resaved(before, after)" in script) is state


WAYS = {
    "in-place": {},
    "fresh": {"reload_mode": "fresh"},
    "cross": {"reload_mode": "cross", "loaded_by": "QEMU 11.1.3"},
    "spoilt": {"reload_mode": "fresh", "spoilt": (("dma", 0, 3, b"\xff"),)},
}
DRIVE = ("-M", "pc", "-blockdev", "null-co,node-name=d", "-device", "x,path=peer.sock")
MACHINES = (LAUNCH, replace(LAUNCH, arguments=DRIVE), replace(LAUNCH, arguments=("zeros.img",)))
SHOWN = ({}, {"kind": "interrupt lost"}, {"oracle": "idempotence"})


def test_it_has_the_parts_that_it_needs_and_no_other(tmp_path):
    """A linter misses no name that is used, and finds none that is not."""
    for way, launch, clock, shown in product(WAYS.items(), MACHINES, (False, True), SHOWN):
        script = reproducer(make_finding(**way[1], **shown), replace(launch, has_clock=clock))
        assert "#@" not in script
        defined = {
            node.name for node in ast.walk(ast.parse(script)) if isinstance(node, DEFINITIONS)
        }
        used = set(re.findall(r"\w+", re.sub(r"\b(def|class) \w+", "", script)))
        assert defined - used == {"__init__"}, way[0]
        index = len(list(tmp_path.iterdir()))
        (tmp_path / f"{way[0].replace('-', '_')}_{index}.py").write_text(script)
    command = [*MODULE, "check", "--isolated", "--no-cache", "--select", "E9,F", tmp_path]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.stdout == "All checks passed!\n", result.stderr


def test_the_plain_one_is_short():
    assert len(reproducer(make_finding(), LAUNCH).splitlines()) < 230


def test_without_a_qemu_it_could_not_run(tmp_path):
    path = tmp_path / "reproduce.py"
    path.write_text(reproducer(make_finding(), LAUNCH))
    result = subprocess.run(
        [sys.executable, "-I", path, tmp_path / "no-qemu"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr.startswith("could not run: ")


def test_a_board_without_firmware_gets_a_file_of_zeros(tmp_path):
    path, binary = tmp_path / "reproduce.py", tmp_path / "qemu-system-m68k"
    launch = replace(LAUNCH, arguments=("-M", "q800", "-bios", "zeros.img"))
    path.write_text(reproducer(make_finding(), launch))
    binary.write_text(f"#!/bin/sh\nwc -c < $4 > {tmp_path}/size\nexit 3\n")
    binary.chmod(0o755)
    command = [sys.executable, "-I", path, binary]
    result = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert result.returncode == 2
    assert int((tmp_path / "size").read_text()) == 4096


def run_of(tmp_path, launch, trace, **changes):
    """Run the script on a real QEMU."""
    path = tmp_path / "reproduce.py"
    path.write_text(reproducer(make_finding(trace=Trace.parse(trace), **changes), launch))
    command = [sys.executable, "-I", path, find_one().path]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


PC = ("-M", "pc", "-nodefaults", "-display", "none", "-S", "-m", "4M")


@pytest.mark.qemu
@pytest.mark.parametrize(
    "drive",
    [
        (),
        (
            *("-blockdev", "null-co,node-name=d,size=1048576"),
            *("-device", "virtio-blk-pci,drive=d"),
        ),
    ],
    ids=["no drive", "drive"],
)
def test_a_machine_is_saved_and_loaded_with_and_without_drives(tmp_path, drive):
    launch = Launch("qemu-system-x86_64", (*PC, *drive), "")
    result = run_of(tmp_path, launch, "outb 0x70 0xf\noutb 0x71 0x5a\n" + "cycle\ninb 0x71\n" * 3)
    assert result.stdout == "the run after the reload is the same\n", result.stderr
    assert result.returncode == 0


@pytest.mark.qemu
def test_one_that_can_not_be_saved_again_says_so(tmp_path):
    """Stands in for a device that is refused only once it was loaded."""
    path = tmp_path / "reproduce.py"
    script = reproducer(make_finding(), Launch("qemu-system-x86_64", PC, ""))
    path.write_text(
        "qemu.state(path)".join(script.split("qemu.state(path)")[:2])
        + 'qemu.state("/no/such/file")'
        + script.split("qemu.state(path)")[2]
    )
    command = [sys.executable, "-I", path, find_one().path]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.startswith("saved again after loading: xen-save-devices-state: ")


@pytest.mark.qemu
def test_more_than_fits_into_the_connection_is_sent_and_answered(tmp_path):
    launch = Launch("qemu-system-x86_64", PC, "")
    write = f"write 0x100000 0x4000 0x{'5a' * 0x4000}\nread 0x100000 0x4000\n"
    result = run_of(tmp_path, launch, write * 40 + "cycle\n" + write * 40)
    assert (result.returncode, result.stderr) == (0, "")


FRESH = {"reload_mode": "fresh", "guest": "qemu:pc,reload=fresh"}


def test_it_says_and_does_how_the_state_came_back():
    in_place, fresh = reproducer(make_finding(), LAUNCH), reproducer(make_finding(**FRESH), LAUNCH)
    assert "after savevm, system_reset, loadvm." in ast.get_docstring(ast.parse(in_place))
    assert "(migrate, -incoming)" in ast.get_docstring(ast.parse(fresh))
    assert "loadvm cycle" in in_place
    assert "loadvm" not in fresh


CROSS = {"reload_mode": "cross", "loaded_by": "QEMU 11.1.3"}


def test_one_of_two_releases_says_which_goes_first_and_what_is_left_out():
    launch = replace(LAUNCH, intercept_there="/machine/other")
    finding = make_finding(**CROSS, oracle="idempotence")
    script = reproducer(finding, launch)
    text = ast.get_docstring(ast.parse(script))
    assert "Found with QEMU 7.2.22 and QEMU 11.1.3, machine pc" in text
    assert f"python3 {finding.id}.py QEMU OTHER_QEMU" in text
    assert "without any migration, is left out" in text
    values = constants(script)
    assert (values["OTHER_INTERCEPT"], values["SECTION"]) == ("/machine/other", "dma")


def left_over(tmp_path):
    return [path for path in tmp_path.iterdir() if path.name != "reproduce.py"]


@pytest.mark.qemu
def test_a_loss_shows_in_a_process_that_only_has_the_state(tmp_path, monkeypatch):
    # As long as no path of a socket may be.
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.setenv("TMPDIR", str(deep))
    launch = Launch("qemu-system-x86_64", PC, "/machine/i440fx/ioapic")
    result = run_of(tmp_path, launch, "outb 0x9 0x4\ncycle\ninb 0x8", **FRESH)
    shown = "inb 0x8: never reloaded 0x0010, after the reload 0x0000\n"
    assert result.stdout == shown, result.stderr
    assert (result.returncode, result.stderr) == (1, "")
    assert left_over(deep) == []


@pytest.mark.qemu
def test_what_is_carried_passes_through_several_processes(tmp_path):
    still = ("-rtc", "base=2020-01-01T00:00:00,clock=vm")
    launch = Launch("qemu-system-x86_64", (*PC, *still), "")
    trace = "outb 0x70 0xf\noutb 0x71 0x5a\n" + "cycle\ninb 0x71\n" * 3
    changes = {**FRESH, "oracle": "idempotence", "kind": "changed by loading"}
    result = run_of(tmp_path, launch, trace, **changes)
    assert result.stdout == "the run after the reload is the same\n", result.stderr
    assert result.returncode == 0


@pytest.mark.qemu
def test_a_machine_that_can_not_be_migrated_says_why(tmp_path):
    launch = Launch("qemu-system-x86_64", (*PC, "-device", "nvme,serial=x"), "")
    result = run_of(tmp_path, launch, "cycle\ninb 0x71", **FRESH)
    assert result.returncode == 1
    assert result.stdout.startswith("migrate: ")
    assert "nvme" in result.stdout


@pytest.mark.qemu
def test_one_that_refuses_the_state_says_so(tmp_path):
    """The name of a machine goes with its state."""
    path = tmp_path / "reproduce.py"
    script = reproducer(make_finding(**FRESH), Launch("qemu-system-x86_64", PC, ""))
    other = 'argv[argv.index("pc")] = "isapc" if more else "pc"\n        self.process = subpr'
    path.write_text(script.replace("self.process = subpr", other))
    command = [sys.executable, "-I", path, find_one().path]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    # The source may notice before the target has ended.
    assert (result.returncode, result.stdout[:9]) == (1, "migrate: "), result.stderr
    assert "Machine type received is" in result.stderr


def test_a_finding_is_asked_for_as_it_was_found():
    # One by one, QEMU runs what it has put off between two commands.
    script = reproducer(make_finding(), LAUNCH)
    run = script[script.index("    def run(") : script.index("    def send(")]
    assert run.count("self.send") == 1
    assert run.index("self.send") < run.index("for command in lines")
