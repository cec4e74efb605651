"""Reading apt's lists of sources; the lists here are files of a test."""

import pytest

from harness.errors import ConfigError
from harness.qemu.suites import sources
from harness.qemu.suites.sources import (
    Source,
    archive_uri,
    keyring,
    read_sources,
    sources_from_list,
    sources_from_stanzas,
)

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


@pytest.fixture
def apt(tmp_path, monkeypatch):
    """Make an empty folder that of apt, and return it."""
    folder = tmp_path / "apt"
    (folder / "sources.list.d").mkdir(parents=True)
    monkeypatch.setattr(sources, "APT_FOLDER", folder)
    return folder


def test_a_line_names_an_archive():
    commented = "# deb ftp://no.example/debian x main\n\n"
    text = f"{commented}deb ftp://a.example/debian bookworm main contrib # ours\n"
    assert list(sources_from_list(text)) == [
        Source("ftp://a.example/debian", ("bookworm",), ("main", "contrib"))
    ]


def test_a_line_has_options():
    text = f"deb [ arch=amd64 Signed-By={KEYS} trusted ] ftp://a.example/debian sid main\n"
    assert list(sources_from_list(text)) == [
        Source("ftp://a.example/debian", ("sid",), ("main",), KEYS)
    ]


def test_source_packages_are_no_use():
    assert list(sources_from_list("deb-src ftp://a.example/debian sid main\n")) == []
    assert list(sources_from_stanzas("Types: deb-src\nURIs: http://a\nSuites: sid\n")) == []


def test_a_stanza_names_archives():
    text = (
        "Types: deb deb-src\n# URIs: ftp://old.example/debian\nURIs: ftp://a.example/debian\n ftp://b.example/debian\n"
        f"Suites: bookworm\n bookworm-updates\nComponents: main\nSigned-By: {KEYS}\n"
        "\n\nTypes: deb\nURIs: http://c\nSuites: x/\n"
    )
    suites = ("bookworm", "bookworm-updates")
    assert list(sources_from_stanzas(text)) == [
        Source("ftp://a.example/debian", suites, ("main",), KEYS),
        Source("ftp://b.example/debian", suites, ("main",), KEYS),
        Source("http://c", ("x/",), ()),
    ]


@pytest.mark.parametrize("word", ["no", "False"])
def test_a_stanza_may_be_off(word):
    assert list(sources_from_stanzas(f"Types: deb\nURIs: http://a\nEnabled: {word}\n")) == []


@pytest.mark.parametrize(
    ("line", "is_debian"),
    [
        ("deb ftp://a.example/debian bookworm main", True),
        ("deb ftp://a.example/debian/2025 bookworm main", True),
        (f"deb [signed-by={KEYS}] http://a.example/mine bookworm main", True),
        ("deb http://a.example/mine bookworm main", False),
        ("deb ftp://a.example/linux/debian bookworm stable", False),
        ("deb ftp://a.example/debian bookworm-security main", False),
        ("deb ftp://a.example/debian bullseye/updates main", False),
        ("deb cdrom:[Debian]/debian bookworm main", False),
    ],
)
def test_a_debian_archive_is_told_from_others(line, is_debian):
    (source,) = sources_from_list(line)
    assert source.is_debian == is_debian


def test_files_are_read_by_their_endings(apt):
    (apt / "sources.list").write_text("deb ftp://a.example/debian sid main\n")
    (apt / "sources.list.d/b.list").write_text("deb ftp://b.example/debian sid main\n")
    (apt / "sources.list.d/c.sources").write_text("Types: deb\nURIs: ftp://c.example/debian\n")
    (apt / "sources.list.d/d.list.save").write_text("deb ftp://d.example/debian sid main\n")
    found = [source.uri for source in read_sources(apt)]
    assert found == [
        "ftp://a.example/debian",
        "ftp://b.example/debian",
        "ftp://c.example/debian",
    ]


def test_the_archive_checked_with_debians_keys_is_preferred(apt):
    (apt / "sources.list").write_text(
        "deb ftp://a.example/debian x main\n"
        f"deb [signed-by={KEYS}] ftp://b.example/debian sid main\n"
    )
    assert archive_uri() == "ftp://b.example/debian"


def test_without_an_archive_one_is_to_be_named(apt):
    with pytest.raises(ConfigError) as caught:
        archive_uri()
    assert str(caught.value) == (
        f"no Debian archive is named in {apt}/sources.list or the files of {apt}/sources.list.d\n"
        "  name one with --mirror URL"
    )


def test_a_list_that_cant_be_read_is_named(apt):
    # Reading it fails for every user, root included.
    (apt / "sources.list").symlink_to("/proc/self/mem")
    with pytest.raises(ConfigError) as caught:
        read_sources(apt)
    assert str(caught.value) == (
        f"{apt}/sources.list can't be read: Input/output error\n"
        "  make it readable, or name a Debian archive with --mirror URL"
    )


def test_the_newer_name_of_the_keyring_is_preferred(tmp_path, monkeypatch):
    new, old = tmp_path / "keys.pgp", tmp_path / "keys.gpg"
    monkeypatch.setattr(sources, "KEYRINGS", (new, old))
    with pytest.raises(ConfigError) as caught:
        keyring()
    assert str(caught.value) == (
        f"the keys of the Debian archive are not installed: there is no {old}\n  install them"
        " with apt-get install debian-archive-keyring; nothing unsigned is fetched"
    )
    old.touch()
    assert keyring() == old
    new.touch()
    assert keyring() == new
