"""The configuration: on what both sides must agree."""

from __future__ import annotations

import pytest

from tests.support.one_of_each import subsection
from vmstate.acceptance.configuration import is_machine, load_configuration
from vmstate.cursor import Reader
from vmstate.errors import StreamError

HERE = "pc-q35-7.2"


def taken(name=HERE, *parts):
    """Return the bytes that are left behind the configuration."""
    raw = name.encode("latin-1")
    reader = Reader(len(raw).to_bytes(4) + raw + b"".join(parts) + b"rest")
    load_configuration(reader, HERE, 4096, 0xFF)
    return bytes(reader.data[reader.offset :])


def refused(name=HERE, *parts):
    with pytest.raises(StreamError) as caught:
        taken(name, *parts)
    return str(caught.value)


def capabilities(*names, version_id=1):
    listed = b"".join(bytes([len(name)]) + name.encode() for name in names)
    return subsection("configuration/capabilities", version_id, len(names).to_bytes(4) + listed)


def bits(number):
    return subsection("configuration/target-page-bits", 1, number.to_bytes(4))


@pytest.mark.parametrize("name", [HERE, HERE[:-1], "pc-q35", "p", "", f"{HERE}\0", f"{HERE}\0x"])
def test_any_beginning_of_the_name_passes_for_it(name):
    assert is_machine(name.encode(), HERE)
    assert taken(name) == b"rest"


@pytest.mark.parametrize("name", [f"{HERE}x", "pc-q35-7.1", "PC-Q35-7.2", "\0", "pc\0"])
def test_another_name_is_refused(name):
    assert refused(name) == (
        f"configuration at offset 0x0: machine type {name!r}, here it is 'pc-q35-7.2'"
    )


def test_a_page_has_the_same_size_on_both_sides():
    assert taken(HERE, bits(12)) == b"rest"
    assert refused(HERE, bits(13)) == (
        "configuration at offset 0x0: 13 bits of a target page, which has 4096 bytes here"
    )
    assert "4294967295 bits" in refused(HERE, bits(0xFFFFFFFF))


def test_capabilities_that_need_not_agree_are_ignored():
    assert taken(HERE, capabilities("events", "xbzrle")) == b"rest"
    assert taken(HERE, capabilities()) == b"rest"


def test_a_capability_that_must_agree_is_compared():
    assert refused(HERE, capabilities("x-ignore-shared")) == (
        "configuration at offset 0x0: capability x-ignore-shared is on; here it is off"
    )


def test_the_last_list_of_capabilities_counts():
    assert taken(HERE, capabilities("x-ignore-shared"), capabilities()) == b"rest"


def test_an_unknown_capability_is_refused():
    assert "unknown capability 'none'" in refused(HERE, capabilities("events", "none"))


def test_a_uuid_is_taken():
    assert taken(HERE, subsection("configuration/uuid", 1, bytes(16))) == b"rest"


@pytest.mark.parametrize(("version_id", "told"), [(0, "old"), (2, "new")])
def test_a_subsection_has_one_version(version_id, told):
    assert f"version {version_id} is too {told}" in refused(
        HERE, capabilities(version_id=version_id)
    )


def test_an_unknown_subsection_is_refused():
    assert "unknown subsection 'configuration/none'" in refused(
        HERE, subsection("configuration/none", 1, b"")
    )


@pytest.mark.parametrize(
    "part", [subsection("fw_cfg/", 1, b""), subsection("other/and/longer", 1, b"")]
)
def test_what_is_no_subsection_of_it_is_left(part):
    assert taken(HERE, part) == part + b"rest"


def test_a_name_that_is_cut_off_is_refused():
    with pytest.raises(StreamError, match="configuration at offset 0x4: needs 9 bytes"):
        load_configuration(Reader((9).to_bytes(4) + b"pc"), HERE, 4096, 0xFF)
