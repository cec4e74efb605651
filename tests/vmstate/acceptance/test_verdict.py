"""Verdicts are sentences."""

from vmstate.acceptance import Refused
from vmstate.errors import StreamError


def test_a_refusal_says_where_and_why():
    refused = Refused.of(StreamError("too old", offset=16, path="dma"))
    assert refused == Refused("too old", 16, "dma")
    assert str(refused) == "dma at offset 0x10: too old"
    assert str(Refused("nothing came")) == "stream: nothing came"
