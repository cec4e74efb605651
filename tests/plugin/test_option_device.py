"""``--vmstate-device``: to which devices a campaign is limited."""

from __future__ import annotations

import pytest

ALL = ("--vmstate-fuzz", "--vmstate-guest=model:pc", "--collect-only", "-q")


def jobs(result):
    """Return the devices of the items that a run collected."""
    return [line.removeprefix("vmstate::model:pc::") for line in result.outlines if "::" in line]


def test_without_it_every_device_and_the_whole_machine_have_a_job(runs):
    assert jobs(runs.pytest(*ALL)) == [
        "i8257[0]",
        "i8257[1]",
        "isa-i8259[0]",
        "isa-i8259[1]",
        "isa-pit",
        "isa-serial",
        "mc146818rtc",
        "machine",
        "timer",
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("i8257", ["i8257[0]", "i8257[1]"]),
        ("i8257[1]", ["i8257[1]"]),
        ("isa-*", ["isa-i8259[0]", "isa-i8259[1]", "isa-pit", "isa-serial"]),
        ("isa-?it", ["isa-pit"]),
        ("machine", ["machine"]),
    ],
)
def test_a_name_or_a_pattern_limits_the_campaign(runs, name, expected):
    assert jobs(runs.pytest(*ALL, "--vmstate-device", name)) == expected


def test_it_may_be_given_several_times(runs):
    result = runs.pytest(*ALL, "--vmstate-device=isa-pit", "--vmstate-device=machine")
    assert jobs(result) == ["isa-pit", "machine"]


def test_the_ini_twin_takes_one_name_a_line_and_the_option_wins(runs):
    runs.ini(device="\n  isa-pit\n  isa-serial")
    assert jobs(runs.pytest(*ALL)) == ["isa-pit", "isa-serial"]
    assert jobs(runs.pytest(*ALL, "--vmstate-device=machine")) == ["machine"]


def test_a_device_that_no_guest_has_is_refused_with_those_that_there_are(runs):
    result = runs.pytest(*ALL, "--vmstate-device=e1000", "--vmstate-device=uhci")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines[:2] == [
        "ERROR: no guest has a device 'e1000' or 'uhci'",
        (
            "  there are: i8257[0], i8257[1], isa-i8259[0], isa-i8259[1], isa-pit, isa-serial, "
            "machine, mc146818rtc, timer"
        ),
    ]


def test_a_device_that_cannot_be_tested_is_skipped_with_the_reason(runs):
    result = runs.pytest(
        "--vmstate-fuzz", "--vmstate-guest=model:pc", "--vmstate-device=timer", "-rs"
    )
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(
        ["SKIPPED * NOT TESTED: none of its state is behind a register that qtest reaches"]
    )
    result.stdout.fnmatch_lines(["NOT TESTED (1): model:pc::timer"])
