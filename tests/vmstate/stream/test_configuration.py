"""The configuration section and its subsections."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.streams import (
    CONFIGURATION,
    HEADER,
    be32,
    capabilities,
    counted,
    page_bits,
    subsection,
)
from vmstate.errors import EncodeError, StreamError
from vmstate.stream import Configuration, ConfigurationPart, event_bytes, read_events

NAMES = st.text(st.characters(max_codepoint=255), max_size=255)
PARTS = st.one_of(
    st.builds(
        ConfigurationPart,
        st.just("configuration/target-page-bits"),
        st.integers(0, 0xFFFFFFFF),
        st.just(12),
    ),
    st.builds(
        ConfigurationPart,
        st.just("configuration/capabilities"),
        st.integers(0, 0xFFFFFFFF),
        st.lists(NAMES, max_size=3).map(tuple),
    ),
    st.builds(
        ConfigurationPart,
        st.just("configuration/uuid"),
        st.integers(0, 0xFFFFFFFF),
        st.binary(min_size=16, max_size=16),
    ),
)


def read(data):
    _, configuration, *_ = read_events([HEADER + data])
    return configuration


@given(st.builds(Configuration, NAMES, st.lists(PARTS, max_size=4).map(tuple)), st.integers(1, 9))
def test_whatever_is_in_it_comes_back_however_it_is_cut(configuration, size):
    data = HEADER + event_bytes(configuration) + b"\0"
    pieces = (data[place : place + size] for place in range(0, len(data), size))
    _, found, _ = read_events(pieces)
    assert found == configuration


def test_it_is_read_as_qemu_writes_it():
    data = CONFIGURATION + capabilities("x-ignore-shared") + page_bits(12) + b"\0"
    assert read(data) == Configuration(
        "pc",
        (
            ConfigurationPart("configuration/capabilities", 1, ("x-ignore-shared",)),
            ConfigurationPart("configuration/target-page-bits", 1, 12),
        ),
    )
    assert read(b"\x07" + be32(0) + b"\0") == Configuration("")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x07" + be32(1)[:3], "configuration at offset 0x8: needs 5 bytes, 4 are left"),
        (
            b"\x07" + be32(0xFFFFFFFF) + b"pc",
            "configuration, name of the machine at offset 0xd: needs 4294967295 bytes, 2 are left",
        ),
        (CONFIGURATION + b"\x05", "configuration at offset 0xf: needs 2 bytes, 1 are left"),
        (CONFIGURATION + b"\x05\x09conf", "configuration at offset 0xf: needs 15 bytes, 6 are"),
        (
            CONFIGURATION + subsection("configuration/uuid", bytes(9)),
            "configuration/uuid at offset 0x27: needs 16 bytes, 9 are left",
        ),
        (
            CONFIGURATION + subsection("configuration/capabilities", be32(2) + counted("a")),
            "configuration/capabilities at offset 0x35: needs 1 bytes, 0 are left",
        ),
        (
            CONFIGURATION + subsection("configuration/capabilities", be32(1) + b"\3ab"),
            "configuration/capabilities at offset 0x33: needs 4 bytes, 3 are left",
        ),
        (
            CONFIGURATION + subsection("configuration/capabilities", be32(1025)),
            "configuration/capabilities at offset 0x2f: 1025 names of capabilities, expected 1024",
        ),
        (
            CONFIGURATION + page_bits(31),
            "configuration/target-page-bits at offset 0x33: a target page of 2 to the power of 31",
        ),
        (CONFIGURATION + page_bits(7), "configuration/target-page-bits at offset 0x33: a target"),
        (
            CONFIGURATION + subsection("configuration/other", b""),
            "configuration at offset 0xf: unknown subsection 'configuration/other', expected ",
        ),
    ],
)
def test_what_is_no_configuration_is_refused(data, message):
    with pytest.raises(StreamError) as caught:
        list(read_events([HEADER + data]))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("configuration/target-page-bits", b"12"),
        ("configuration/uuid", bytes(15)),
        ("configuration/uuid", 3),
        ("configuration/capabilities", 1),
        ("configuration/other", 1),
    ],
)
def test_a_subsection_with_something_else_in_it_is_not_written(name, value):
    with pytest.raises(EncodeError, match="not what this subsection holds"):
        event_bytes(Configuration("pc", (ConfigurationPart(name, 1, value),)))


@pytest.mark.parametrize("name", ["x" * 256, "\u0100"])
def test_a_name_that_does_not_fit_is_not_written(name):
    part = ConfigurationPart("configuration/capabilities", 1, (name,))
    with pytest.raises(EncodeError, match="Configuration: can't save"):
        event_bytes(Configuration("pc", (part,)))
