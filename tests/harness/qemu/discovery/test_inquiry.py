"""Inquiries of a program that plays QEMU."""

import os
import signal

import pytest

from harness.errors import ConfigError, DiedError, LaunchError
from harness.qemu.discovery import inquiry
from harness.qemu.discovery.catalogue import DeviceType, Property
from harness.qemu.discovery.inquiry import MachineType, catalogue, machine_types

HELP = """\
Misc devices:
name "edu", bus PCI
name "gl", bus PCI
name "gone", bus PCI
name "last"
"""
ANSWERS = {
    "qom-list-types True": [{"name": "PCI", "parent": "bus"}],
    "qom-list-types False": [{"name": "PCIE", "parent": "PCI"}, {"name": "edu"}],
    "device-list-properties edu": [{"name": "addr", "type": "int32", "description": "Slot"}],
    "device-list-properties last": [{"name": "size", "type": "size"}],
}


def test_the_catalogue_has_properties_and_ancestors(fake):
    types = catalogue(fake(help=HELP, answers=ANSWERS))
    assert list(types.devices.values()) == [
        DeviceType("edu", "Misc", "PCI", (Property("addr", "int32", "Slot"),)),
        DeviceType("gl", "Misc", "PCI"),
        DeviceType("gone", "Misc", "PCI"),
        DeviceType("last", "Misc", "", (Property("size", "size"),)),
    ]
    assert types.is_a("PCIE", "bus")


def test_a_question_that_ends_the_process_costs_one_type_its_properties(fake):
    deadly = {"device-list-properties gl": "die"}
    types = catalogue(fake(help=HELP, answers=ANSWERS | deadly))
    assert list(types.devices) == ["edu", "gl", "gone", "last"]
    assert types.device("gl").properties == ()
    assert types.device("last").properties == (Property("size", "size"),)


@pytest.fixture
def killing(monkeypatch):
    """Kill the process when it is asked a question, the first few times."""

    def let(first, times, number=signal.SIGKILL):
        left, running = [times], []

        class Recorded(inquiry.Process):
            def __init__(self, machine):
                super().__init__(machine)
                running.append(self.pid)

        class Killing(inquiry.Monitor):
            def execute(self, command, **arguments):
                if arguments.get("typename", command) == first and left[0]:
                    left[0] -= 1
                    os.kill(running[-1], number)
                    os.waitid(os.P_PID, running[-1], os.WEXITED | os.WNOWAIT)
                return super().execute(command, **arguments)

        monkeypatch.setattr(inquiry, "Process", Recorded)
        monkeypatch.setattr(inquiry, "Monitor", Killing)

    return let


@pytest.mark.parametrize("asked", ["gl", "edu", "qom-list-types"])
def test_a_kill_costs_nothing(fake, killing, asked):
    made = fake(help=HELP, answers=ANSWERS)
    usual = catalogue(made)
    killing(asked, 1)
    assert catalogue(made) == usual


@pytest.mark.parametrize("asked", ["edu", "last", "qom-list-types"])
def test_two_kills_are_an_error(fake, killing, asked):
    killing(asked, 2)
    with pytest.raises(DiedError, match="killed by signal 9"):
        catalogue(fake(help=HELP, answers=ANSWERS))


@pytest.mark.parametrize(("asked", "times"), [("last", 2), ("gl", 2), ("gl", 1)])
def test_only_what_ends_it_twice_has_no_properties(fake, killing, asked, times):
    killing(asked, times, signal.SIGABRT)
    types = catalogue(fake(help=HELP, answers=ANSWERS))
    assert list(types.devices) == ["edu", "gl", "gone", "last"]
    assert (types.device("last").properties == ()) is (asked == "last")


def test_a_list_that_somebody_cuts_short_is_asked_for_again(fake, struck):
    made = fake(help=HELP, answers=ANSWERS)
    assert catalogue(struck(made, when="-device help")) == catalogue(made)


def test_machines_are_sorted_by_name(fake):
    answer = [
        {"name": "pc", "cpu-max": 255, "alias": "it", "is-default": True, "deprecated": True},
        {"name": "none", "cpu-max": 1, "default-cpu-type": "any-cpu"},
    ]
    assert machine_types(fake(answers={"query-machines": answer})) == (
        MachineType("none", cpu="any-cpu"),
        MachineType("pc", "it", is_default=True, is_deprecated=True, most_cpus=255),
    )


def test_an_answer_that_is_no_list_lists_nothing(fake):
    assert machine_types(fake(answers={"query-machines": {}})) == ()


def test_a_program_that_dies_is_named(fake):
    made = fake(refused={"none": "qemu: no memory\n"})
    with pytest.raises(DiedError) as caught:
        machine_types(made)
    assert str(caught.value) == (
        "the guest ended with exit status 1 during the inquiry\nqemu: no memory"
    )


def test_a_program_that_lists_nothing_in_time_is_refused(fake):
    made = fake(help=HELP, help_takes_s=60)
    with pytest.raises(ConfigError) as caught:
        catalogue(made, 0.3)
    assert str(caught.value) == (
        f"{made} -device help did not end within 0.3 s\n"
        "  name another qemu-system-* binary with --qemu PATH"
    )


def test_a_program_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError) as caught:
        catalogue(tmp_path / "none")
    assert str(caught.value) == (
        f"{tmp_path / 'none'} can't be run: No such file or directory\n"
        "  name another qemu-system-* binary with --qemu PATH"
    )
    with pytest.raises(LaunchError, match="No such file"):
        machine_types(tmp_path / "none")
