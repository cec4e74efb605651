"""Errors: every sentence, and whose fault each class says it is."""

from __future__ import annotations

import pickle

import pytest

from vmstate import (
    ContradictionError,
    DescriptionError,
    EncodeError,
    SourceError,
    StreamError,
    TruncatedStreamError,
    UnknownError,
    VersionError,
    VMStateError,
)
from vmstate.errors import EditError

EXAMPLES = [
    (EditError("pit/count", "there is no such field"), "pit/count: there is no such field"),
    (
        DescriptionError("pit", ["it is bad", "it is worse"]),
        "description 'pit': it is bad; it is worse",
    ),
    (EncodeError("pit/count", -1, "not a count"), "pit/count: can't save -1: not a count"),
    (
        UnknownError("pit/count", "whether it is there"),
        (
            "pit/count: whether it is there is not known: nothing that the description was read "
            "from says it; merge it with a vmdesc, or write it by hand"
        ),
    ),
    (
        ContradictionError("pit", ["a is b", "c is d"]),
        (
            "description 'pit': its sources contradict each other: a is b; c is d; "
            "are they of one release and one device?"
        ),
    ),
    (
        SourceError("pit/count.info", 7, "it has no name"),
        "pit/count.info: can't write 7 as source: it has no name",
    ),
    (StreamError("no"), "stream: no"),
    (StreamError("no", path="pit"), "pit: no"),
    (StreamError("no", offset=0x1F), "stream at offset 0x1f: no"),
    (StreamError("no", offset=0, path="pit/count"), "pit/count at offset 0x0: no"),
    (TruncatedStreamError(4, 1, offset=3), "stream at offset 0x3: needs 4 bytes, 1 are left"),
]


@pytest.mark.parametrize(("error", "text"), EXAMPLES)
def test_an_error_says_what_was_wrong_and_where(error, text):
    assert str(error) == text


@pytest.mark.parametrize(
    ("have", "text"),
    [
        (4, "pit at offset 0x8: version 4 is too new: versions 2 to 3 can be read"),
        (1, "pit at offset 0x8: version 1 is too old: versions 2 to 3 can be read"),
    ],
)
def test_a_version_error_says_in_which_direction(have, text):
    error = VersionError(have, (2, 3), offset=8, path="pit")
    assert str(error) == text
    assert (error.have, error.accepts, error.offset, error.path) == (have, (2, 3), 8, "pit")


@pytest.mark.parametrize(
    ("error", "base"),
    [
        (DescriptionError, VMStateError),
        (EncodeError, VMStateError),
        (UnknownError, VMStateError),
        (ContradictionError, VMStateError),
        (SourceError, VMStateError),
        (StreamError, VMStateError),
        (TruncatedStreamError, StreamError),
        (VersionError, StreamError),
    ],
)
def test_the_tree_is_that_of_the_docstring(error, base):
    assert error.__bases__ == (base,)


def test_an_error_keeps_its_parts():
    error = EncodeError("pit/count", -1, "not a count")
    assert (error.path, error.value, error.why) == ("pit/count", -1, "not a count")
    description = DescriptionError("pit", ["a"])
    assert (description.name, description.faults) == ("pit", ("a",))


@pytest.mark.parametrize("error", [error for error, _ in EXAMPLES[:5]])
def test_an_error_can_travel_between_processes(error):
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("bits", [14_280, 20_000])
@pytest.mark.parametrize("place", [int, int.__neg__, lambda number: [number]])
def test_a_number_of_thousands_of_bits_fits_into_a_sentence(bits, place):
    # Python writes no decimal number of more than 4300 digits.
    value = place(1 << bits)
    text = str(EncodeError("balloon/used", value, "not a bitmap of 64 bits"))
    assert text.startswith("balloon/used: can't save ")
    assert "0x" in text
    assert "..." in text
    assert text.endswith(": not a bitmap of 64 bits")
    assert len(text) < 120
