"""Decoded fields and sections as values."""

from vmstate.decoded import DecodedField, DecodedSection


def field(path, data, *, is_decoded):
    return DecodedField(path, "t", 0, data, data, is_decoded)


def test_a_section_counts_the_bytes_that_mean_nothing():
    fields = (
        field("a", b"1234", is_decoded=True),
        field("b", b"12", is_decoded=False),
        field("c", b"123", is_decoded=False),
    )
    assert DecodedSection("dev", 0, 1, "dev", fields).undecoded == 5
    assert DecodedSection("dev", 0, 1, "dev", fields[:1]).undecoded == 0
