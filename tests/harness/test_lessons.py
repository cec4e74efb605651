"""Lessons kept: asked once, the same afterwards, and never taken from a file that is not whole."""

import json
from dataclasses import replace

import pytest

from harness.errors import ConfigError
from harness.learning import Lesson
from harness.lessons import FOLDER, Memory
from harness.regions import Owner, Region

OWNER = Owner("sys/card", "/machine/dut", "card")
REGIONS = (Region("memory", 0x1000, 64, "b", 0, OWNER), Region("io", 0x10, 8, "a", 0, OWNER))
IDENTITY = ("/usr/bin/qemu", "12345", "QEMU 1.2.3", "-M", "pc")
LEARNED = {
    REGIONS[0]: Lesson((0x20,), {0: 7, 0x20: 1}, {0: 0x103}, (4,)),
    REGIONS[1]: Lesson((), {0: 0}, {}, ()),
}


class Asked:
    """Says what there is to know, and how often it was asked."""

    def __init__(self, learned=None):
        self.learned, self.times = learned or LEARNED, 0

    def __call__(self, guest, regions):
        assert guest == "a guest"
        self.times += 1
        return {region: self.learned[region] for region in regions}


def told(folder, ask, identity=IDENTITY, regions=REGIONS):
    return Memory(folder, identity).learn("a guest", regions, ask)


def test_what_was_learned_is_asked_once_and_is_the_same_afterwards(tmp_path):
    ask = Asked()
    assert told(tmp_path / FOLDER, ask) == told(tmp_path / FOLDER, ask) == LEARNED
    assert ask.times == 1
    (path,) = (tmp_path / FOLDER).iterdir()
    assert path.name.startswith("sys-card-")
    assert path.suffix == ".json"
    made = json.loads(path.read_text())
    assert (made["format"], made["version"]) == ("vmstate-learned", 4)
    assert made["identity"] == list(IDENTITY)
    assert made["lessons"][0]["sticky"] == {"0": 0x103}


@pytest.mark.parametrize("place", range(len(IDENTITY)))
def test_another_guest_is_asked_anew(tmp_path, place):
    ask = Asked()
    other = tuple(word + "x" * (number == place) for number, word in enumerate(IDENTITY))
    told(tmp_path, ask)
    told(tmp_path, ask, other)
    assert ask.times == 2
    told(tmp_path, ask)
    told(tmp_path, ask, other)
    assert ask.times == 2


def test_other_regions_are_asked_anew(tmp_path):
    moved = replace(REGIONS[0], start=0x2000)
    ask = Asked(LEARNED | {moved: Lesson()})
    told(tmp_path, ask)
    assert told(tmp_path, ask, regions=(moved,)) == {moved: Lesson()}
    assert told(tmp_path, ask, regions=REGIONS[:1]) == {REGIONS[0]: LEARNED[REGIONS[0]]}
    assert ask.times == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("259", "258"),
        ('"version": 4', '"version": 3'),
        ("vmstate-learned", "something"),
        ("12345", "12346"),
        ('"touchy"', '"touched"'),
        ("}", ""),
        ("{", "["),
    ],
)
def test_a_file_that_is_not_whole_is_ignored_and_written_anew(tmp_path, old, new):
    ask = Asked()
    told(tmp_path, ask)
    (path,) = tmp_path.iterdir()
    whole = path.read_text()
    assert old in whole
    path.write_text(whole.replace(old, new))
    assert told(tmp_path, ask) == LEARNED
    assert ask.times == 2
    assert path.read_text() == whole
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_that_are_no_text_are_ignored(tmp_path):
    ask = Asked()
    told(tmp_path, ask)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"\xff\xfe")
    assert told(tmp_path, ask) == LEARNED


@pytest.mark.parametrize(("identity", "regions"), [((), REGIONS), (IDENTITY, ())])
def test_of_a_model_and_of_no_regions_nothing_is_kept(tmp_path, identity, regions):
    ask = Asked()
    told(tmp_path / FOLDER, ask, identity, regions)
    assert ask.times == 1
    assert not (tmp_path / FOLDER).exists()


def test_a_folder_that_can_not_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"can't write .*file"):
        told(tmp_path / "file", Asked())
