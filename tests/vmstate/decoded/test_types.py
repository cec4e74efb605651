"""What bytes mean by their type, and back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate import info
from vmstate.decoded import bytes_of, value_of
from vmstate.decoded.types import is_known, size_of, values_of
from vmstate.errors import EncodeError
from vmstate.info import devices
from vmstate.info.protocol import Info

#: A type, bytes, and what they mean.
MEANINGS = [
    ("bool", b"\0", False),
    ("bool", b"\1", True),
    ("powered_off", b"\1", True),
    ("int8", b"\xff", -1),
    ("int16", b"\x80\0", -32768),
    ("int32", b"\xff\xff\xff\xfe", -2),
    ("int64", b"\x7f" + b"\xff" * 7, 2**63 - 1),
    ("uint8", b"\xff", 255),
    ("uint16", b"\1\2", 0x102),
    ("uint32", b"\1\2\3\4", 0x1020304),
    ("uint64", b"\xff" * 8, 2**64 - 1),
    ("uint8 equal", b"\xff", 255),
    ("uint16 equal", b"\xff\xff", 65535),
    ("uint32 equal", b"\xff\xff\xff\xff", 2**32 - 1),
    ("int64 equal", b"\xff" * 8, 2**64 - 1),
    ("int32 equal", b"\xff" * 4, -1),
    ("int32 le", b"\0\0\0\x02", 2),
    ("timer", b"\0" * 7 + b"\x10", 16),
    ("CPU_Double_U", b"\x3f\xf0" + b"\0" * 6, 0x3FF0_0000_0000_0000),
    ("bitmap", b"\0" * 7 + b"\1" + b"\0" * 7 + b"\2", 1 | 2 << 64),
    ("buffer", b"abc", b"abc"),
    ("unused_buffer", b"\0\0", b"\0\0"),
    ("ptr-marker", b"0", None),
    ("ptr-marker", b"1", True),
    ("nullptr", b"0", None),
    ("uint64", b"0", None),
    ("GByteArray", b"\0\0\0\2ab", b"ab"),
    ("usb-redir-parser", b"\0\0\0\0", b""),
    ("capability", b"\5xbzrl", "xbzrl"),
    ("fd", b" ", b" "),
    ("fd", b"\0\0\0\7", 7),
    ("fpscr", b"\0\0\0\1", 1),
    ("fpr", b"\0" * 7 + b"\1", 1),
    ("fpr", b"\0" * 7 + b"\1" + b"\0" * 7 + b"\2", 1 | 2 << 64),
    ("avr", b"\0" * 7 + b"\1" + b"\0" * 8, 1),
    ("fsr", b"\0\0\0\1", 1),
    ("fsr", b"\0" * 7 + b"\1", 1),
    ("uint16 little-endian", b"\1\2", 0x201),
    ("uint32 little-endian", b"\1\0\0\0", 1),
    ("uint64 little-endian", b"\1" + b"\0" * 7, 1),
]


@pytest.mark.parametrize(("kind", "data", "value"), MEANINGS)
def test_bytes_mean_a_value_and_the_value_these_bytes(kind, data, value):
    assert is_known(kind, len(data))
    meant = value_of(kind, data)
    assert (meant, type(meant)) == (value, type(value))
    assert bytes_of(kind, value, len(data), "p") == data


@given(
    kind=st.sampled_from(sorted({kind for kind, _, _ in MEANINGS} | {"?", "no such type"})),
    data=st.binary(max_size=24),
)
def test_every_value_gives_its_bytes_back(kind, data):
    value = value_of(kind, data)
    assert bytes_of(kind, value, len(data), "p") == data
    if not is_known(kind, len(data)):
        assert value == data


#: Codecs whose fields hold fields, or states; they are cut, not decoded.
CUT = {
    *("GTREE", "QLIST", "QTAILQ", "TMP"),
    *("CBINFOS", "EXTRA_STATE", "HPPA_TLB_ENTRY", "MIPS_OCTEON_LLM_TREE", "MIPS_TLB"),
    *("MIPS_TLB32", "MSIX", "PCI_CONFIG", "PCI_IRQ_STATE", "PPC_SLBE", "SCSI_REQUESTS"),
    *("SHPC", "USBREDIR_EP_BUFPQ", "USBREDIR_EP_PACKET_ID_Q", "VIRTIO"),
}


def codecs():
    for module in (info, devices):
        for name in module.__all__:
            codec = getattr(module, name)
            if not isinstance(codec, type) and name.isupper() and name not in CUT:
                yield pytest.param(codec, id=name)


@pytest.mark.parametrize("codec", list(codecs()))
def test_the_bytes_of_every_codec_mean_something(codec: Info):
    assert any(is_known(codec.name, size) for size in (1, 2, 4, 8, 16))


@pytest.mark.parametrize("number", [2, 7, 255])
def test_a_bool_of_another_byte_is_that_number(number):
    value = value_of("bool", bytes([number]))
    assert (value, type(value)) == (number, int)
    assert bytes_of("bool", number, 1, "p") == bytes([number])


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("uint32", b"abc"),
        ("uint8", b""),
        ("bool", b"\0\1"),
        ("bitmap", b"\0" * 7),
        ("CPU_Double_U", b"\0" * 4),
        ("GByteArray", b"\0\0\0"),
        ("?", b"abc"),
        ("virtio", b"abc"),
    ],
)
def test_bytes_of_a_size_that_a_type_has_nowhere_are_not_decoded(kind, data):
    assert not is_known(kind, len(data))
    assert value_of(kind, data) == data


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("GByteArray", b"\0\0\0\3ab"),
        ("capability", b"\3ab"),
        ("capability", b"0"),
        ("ptr-marker", b"2"),
    ],
)
def test_bytes_that_qemu_never_writes_stay_bytes(kind, data):
    assert value_of(kind, data) == data
    assert bytes_of(kind, data, len(data), "p") == data


@pytest.mark.parametrize(
    ("kind", "value", "size", "why"),
    [
        ("uint8", 256, 1, "not in the range of uint8 of 1 bytes"),
        ("uint8", -1, 1, "not in the range of uint8 of 1 bytes"),
        ("int8", 128, 1, "not in the range of int8 of 1 bytes"),
        ("bool", 256, 1, "not in the range of bool of 1 bytes"),
        ("bitmap", 1 << 64, 8, "not in the range of bitmap of 8 bytes"),
        ("avr", 1 << 128, 16, "not in the range of avr of 16 bytes"),
        ("uint16 little-endian", 1 << 16, 2, "not in the range of"),
        ("capability", "\u1234", 2, "not in the range of capability of 2 bytes"),
        ("uint8", "a", 1, "no value of uint8 of 1 bytes"),
        ("uint8", b"ab", 1, "no value of uint8 of 1 bytes"),
        ("buffer", 1, 1, "no value of buffer of 1 bytes"),
        ("nullptr", 1, 1, "no value of nullptr of 1 bytes"),
        ("GByteArray", b"abc", 6, "no value of GByteArray of 6 bytes"),
        ("GByteArray", 1, 6, "no value of GByteArray of 6 bytes"),
        ("capability", "abcd", 4, "no value of capability of 4 bytes"),
        ("capability", 1, 4, "no value of capability of 4 bytes"),
        ("?", 1, 1, "no value of ? of 1 bytes"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_place(kind, value, size, why):
    with pytest.raises(EncodeError) as caught:
        bytes_of(kind, value, size, "dev/field")
    assert why in str(caught.value)
    assert "dev/field" in str(caught.value)


@pytest.mark.parametrize("kind", ["uint8", "bool", "timer", "int32", "CPU_Double_U", "?"])
def test_bytes_of_the_right_length_are_taken_whatever_the_type(kind):
    size = {"uint8": 1, "bool": 1, "int32": 4}.get(kind, 8)
    assert bytes_of(kind, b"\xfe" * size, size, "p") == b"\xfe" * size


@pytest.mark.parametrize("number", [1.0, -0.0, math.inf, 5e-324])
def test_a_double_can_be_given_as_a_float(number):
    data = bytes_of("CPU_Double_U", number, 8, "p")
    assert float.fromhex(number.hex()) == number
    assert bytes_of("CPU_Double_U", value_of("CPU_Double_U", data), 8, "p") == data
    assert data[0] >> 7 == (math.copysign(1, number) < 0)


def test_a_number_can_be_given_as_a_bool_and_a_bool_as_a_number():
    assert bytes_of("uint8", True, 1, "p") == b"\1"
    assert bytes_of("bool", 1, 1, "p") == b"\1"


@pytest.mark.parametrize(
    ("kind", "size"), [("uint8", 1), ("int32 le", 4), ("bool", 1), ("uint64 little-endian", 8)]
)
def test_a_type_of_one_size_tells_it(kind, size):
    assert size_of(kind) == size


@pytest.mark.parametrize("kind", ["fsr", "buffer", "?"])
def test_a_type_of_none_or_several_sizes_tells_none(kind):
    with pytest.raises(KeyError, match=kind.replace("?", r"\?")):
        size_of(kind)


@pytest.mark.parametrize(("kind", "data"), sorted({(kind, data) for kind, data, _ in MEANINGS}))
def test_many_fields_mean_what_each_of_them_means(kind, data):
    other = bytes(reversed(data))
    expected = [value_of(kind, data), value_of(kind, other), value_of(kind, data)]
    found = list(values_of(kind, len(data), data + other + data))
    assert found == expected
    assert list(map(type, found)) == list(map(type, expected))


def test_many_fields_of_a_type_that_nobody_knows_are_their_bytes():
    assert list(values_of("strange", 3, b"abcdef")) == [b"abc", b"def"]
