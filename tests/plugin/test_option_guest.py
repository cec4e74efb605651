"""``--vmstate-guest``: which machines are under test."""

from __future__ import annotations

import pytest

from tests.support.plugin_runs import said

REMEDY = (
    "  use model:pc, qemu:pc, qemu:q35, qemu:MACHINE for any machine of the binary (qemu:* for"
    " each), or qemu:MACHINE,device=TYPE to plug a device in (device=* for each that there is);"
    " behind it reload=fresh to load the state in a new process each time, or reload=cross to"
    " load it in another release (two --vmstate-qemu, or to=VERSION); accel=qtest to step"
    " virtual time"
)
LIST = ("--vmstate-fuzz", "--vmstate-device=i8257", "--collect-only", "-q")
MODEL = ["vmstate::model:pc::i8257[0]", "vmstate::model:pc::i8257[1]"]


def items(result):
    return [line for line in result.outlines if line.startswith("vmstate::")]


def test_a_guest_that_is_named_is_the_only_one(runs):
    assert items(runs.pytest(*LIST, "--vmstate-guest=model:pc")) == MODEL


def test_the_ini_twin_takes_one_guest_a_line(runs):
    runs.ini(guest="\n  model:pc")
    assert items(runs.pytest(*LIST)) == MODEL


def test_the_option_wins_over_the_ini_twin(runs):
    runs.ini(guest="qemu:no-such-machine")
    assert items(runs.pytest(*LIST, "--vmstate-guest=model:pc")) == MODEL


@pytest.mark.qemu
def test_it_may_be_given_several_times(runs):
    found = items(runs.pytest(*LIST, "--vmstate-guest=model:pc", "--vmstate-guest=qemu:pc"))
    assert found == [*MODEL, *(name.replace("model:", "qemu:") for name in MODEL)]


@pytest.mark.qemu
def test_without_it_the_model_and_both_machines_of_qemu_are_under_test(runs):
    guests = {name.split("::")[1] for name in items(runs.pytest(*LIST))}
    assert guests == {"model:pc", "qemu:pc", "qemu:q35"}


@pytest.mark.parametrize("text", ["model:q35", "pc", "qemu:", "xen:pc", ""])
def test_a_guest_that_is_none_is_refused(runs, text):
    result = runs.pytest(*LIST, f"--vmstate-guest={text}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [f"ERROR: --vmstate-guest {text!r} is no guest", REMEDY]


@pytest.mark.qemu
def test_a_machine_that_the_binary_lacks_is_refused_with_what_it_said(runs):
    result = runs.pytest(*LIST, "--vmstate-guest=qemu:no-such-machine")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = said(result)
    assert "ERROR: --vmstate-guest qemu:no-such-machine does not start: " in text
    assert "unsupported machine type" in text
    assert "-M help for the machines of this binary" in text


def test_a_wanted_qemu_that_is_missing_is_an_error_that_says_what_to_install(runs):
    runs.hide_qemu()
    result = runs.pytest(*LIST, "--vmstate-guest=qemu:pc")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [
        "ERROR: no qemu-system-* binary was found on PATH or in the cache",
        (
            "  install QEMU, e.g. apt-get install qemu-system-x86, fetch it with vmstate qemu "
            "fetch debian:SUITE, or name a binary with --vmstate-qemu PATH"
        ),
    ]


def test_where_there_is_no_qemu_the_model_is_hunted_and_the_remedy_is_told(runs):
    runs.hide_qemu()
    result = runs.pytest(
        "--vmstate-fuzz",
        "--vmstate-device=i8257",
        "--vmstate-budget=4cycles",
        "--vmstate-report=report",
    )
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=2)
    why = (
        "no qemu-system-* was found on PATH or in the cache; install QEMU (apt-get install "
        "qemu-system-x86), fetch it (vmstate qemu fetch debian:SUITE) or name a binary with "
        "--vmstate-qemu PATH"
    )
    assert f"vmstate: qemu: {why}" in result.outlines
    assert f"qemu: {why}" in result.outlines
    assert runs.report()["missing"] == {"qemu": why}
