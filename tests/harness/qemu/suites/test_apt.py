"""apt with a state of its own, on a fake machine."""

import psutil
import pytest

from harness.errors import ConfigError
from harness.qemu.suites import apt as apt_module
from harness.qemu.suites.apt import Archive, PrivateApt, configuration, releases_of
from tests.support.fake_apt import FakeDebian


@pytest.fixture
def debian(tmp_path, monkeypatch):
    return FakeDebian(tmp_path, monkeypatch)


@pytest.fixture
def apt(debian, tmp_path):
    return PrivateApt(tmp_path / "state", Archive("ftp://a.example/debian", "sid", debian.keyring))


def refusal(step, *args):
    with pytest.raises(ConfigError) as caught:
        step(*args)
    return str(caught.value)


def test_backports_lean_on_their_release():
    assert releases_of("trixie-backports") == ("trixie-backports", "trixie")
    assert releases_of("experimental") == ("experimental", "sid")
    assert releases_of("bullseye") == ("bullseye",)


@pytest.mark.parametrize("suite", ["", "../x", "a b", "-backports", "sid\nTrusted: yes"])
def test_what_is_no_name_is_no_suite(suite):
    said = refusal(releases_of, suite)
    assert said == f"debian:{suite} names no suite\n  write a name like debian:bookworm-backports"


def test_the_source_is_signed_by_the_keyring_and_never_trusted(debian, tmp_path):
    PrivateApt(tmp_path / "state", Archive("ftp://a.example/debian", "x-backports", debian.keyring))
    assert (tmp_path / "state/debian.sources").read_text() == (
        "Types: deb\nURIs: ftp://a.example/debian\nSuites: x-backports x\nComponents: main\n"
        f"Signed-By: {debian.keyring}\n"
    )


def test_of_the_machine_only_the_network_is_taken(tmp_path):
    dump = (
        'Acquire::http::Proxy "http://proxy";\nAcquire::https "";\n'
        'Acquire::AllowInsecureRepositories "1";\n'
        'APT::Update::Post-Invoke:: "rm x";\nAcquire::Check-Date "false";\n'
    )
    lines = configuration(tmp_path, dump, "arm64").splitlines()
    assert lines[:3] == [
        'Acquire::http::Proxy "http://proxy";',
        'Acquire::https "";',
        'Acquire::Check-Date "false";',
    ]
    assert 'Acquire::AllowInsecureRepositories "false";' in lines
    assert 'APT::Get::AllowUnauthenticated "false";' in lines
    assert f'Dir::State::status "{tmp_path}/status";' in lines
    assert lines[-1] == 'APT::Architectures { "arm64"; };'
    assert not [line for line in lines if "Post-Invoke" in line]


def test_a_suite_is_asked_downloaded_and_unpacked(apt, debian, tmp_path):
    apt.update()
    assert apt.package_names() == {"bash", "seabios", "qemu-system-x86", "qemu-system-misc"}
    files = apt.download(["qemu-system-x86"])
    assert [file.name for file in files] == ["libc6.deb", "qemu.deb"]
    apt.unpack(files, tmp_path / "files")
    assert (tmp_path / "files/usr/bin/qemu-system-x86_64").is_file()


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        (
            (
                "E: The repository 'ftp://a.example/debian sid Release'"
                " does not have a Release file."
            ),
            "the archive ftp://a.example/debian has no suite 'sid'",
            "see its folder dists/ for those it has, or name another with --mirror URL",
        ),
        (
            "E: GPG error: NO_PUBKEY 0123",
            "the signature of debian:sid is not one of {keyring}",
            "upgrade debian-archive-keyring, or see whether --mirror is a Debian archive",
        ),
        (
            "E: You don't have enough free space in /x",
            "there is no space left for debian:sid at {folder}",
            "make room (a suite takes up to 1 GB meanwhile), or set XDG_CACHE_HOME",
        ),
        (
            "E: odd",
            "apt-get update failed with exit status 100 for debian:sid",
            "see whether ftp://a.example/debian is whole, or name another with --mirror URL",
        ),
    ],
)
def test_a_failure_says_what_where_and_what_to_do(apt, debian, tmp_path, text, what, remedy):
    debian.fail(f"update-status {text}")
    what = what.format(keyring=debian.keyring, folder=tmp_path)
    assert refusal(apt.update) == f"{what}\n    {text}\n  {remedy}"


def test_a_failure_without_a_word_is_one_too(apt, debian):
    debian.fail("update-status")
    debian.fail("no-lists")
    assert refusal(apt.update).startswith(
        "apt-get update failed with exit status 0 for debian:sid\n"
    )


def test_a_program_that_hangs_is_ended(apt, debian, monkeypatch):
    debian.fail("update-hangs")
    monkeypatch.setattr(apt_module, "STEP_DEADLINE_S", 0.5)
    assert refusal(apt.update) == (
        "apt-get update did not end within 0.5 s\n"
        "  see whether ftp://a.example/debian answers, or name another with --mirror URL"
    )
    # Other tests of this process may have children of their own.
    children = psutil.Process().children(recursive=True)
    assert not [child for child in children if "apt-get" in " ".join(child.cmdline())]
