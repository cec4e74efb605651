"""Cases as earlier formats wrote them, kept as they were: each is read, and replays.

A file is never edited.  When the format changes, a case of the one that was goes beside them.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harness.corpus import Outcome, read_case, replay, write_case
from harness.corpus.case import READABLE, VERSION
from harness.guests.factory import spec_of_case

PAST = {int(path.stem): path for path in (Path(__file__).parent / "past").glob("*.toml")}
every_format = pytest.mark.parametrize("version", sorted(PAST))


def test_there_is_a_case_of_each_past_format():
    assert sorted(PAST) == [version for version in READABLE if version != VERSION]


@every_format
def test_a_case_of_a_past_format_is_read(version):
    case = read_case(PAST[version])
    assert case.version == version
    assert case.faults() == []
    assert case.places


@every_format
def test_a_case_of_a_past_format_is_the_same_once_it_is_written_anew(version, tmp_path):
    case = msgspec.structs.replace(read_case(PAST[version]), version=VERSION)
    assert read_case(write_case(tmp_path, case)) == case


@pytest.mark.qemu
@every_format
def test_a_case_of_a_past_format_replays(version):
    case = read_case(PAST[version])
    with spec_of_case(case, ()).make() as guest:
        assert replay(case, guest).outcome is Outcome.STILL_FAILS
