"""Laws of whole images: what was put in comes out; damage is told, and asks for nothing."""

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.qcow2_images import KINDS, Image, Shot, reader_of
from vmstate.qcow2 import ImageError, list_snapshots, vm_state
from vmstate.qcow2.state import PIECE

#: Damaged images of each kind that every run looks at.
DAMAGED = 2500


@st.composite
def states(draw, cluster):
    """Return a state of some clusters: noise, text, zeros, and clusters of half of each."""
    noise = random.Random(draw(st.integers(0, 9))).randbytes(cluster)
    half = cluster // 2
    blocks = (noise, b"text" * (cluster // 4), bytes(cluster), bytes(half) + noise[half:])
    chosen = draw(st.lists(st.sampled_from(blocks), max_size=min(150, (1 << 18) // cluster)))
    return b"".join(chosen) + draw(st.binary(min_size=1, max_size=600))


@st.composite
def images(draw):
    """Return an image of any form with up to three snapshots of any pattern."""
    is_extended = draw(st.booleans())
    bits = draw(st.integers(14 if is_extended else 9, 16))
    count = draw(st.integers(1, 3))
    shots = tuple(
        Shot(
            draw(states(1 << bits)),
            name=draw(st.text(st.characters(codec="utf-8"), max_size=20)),
            id=str(number),
            kinds=tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))),
            spare_entries=draw(st.integers(0, 2)),
            icount=draw(st.integers(0, (1 << 64) - 2)),
        )
        for number in range(count)
    )
    return Image(
        shots,
        version=3 if is_extended else draw(st.sampled_from((2, 3))),
        cluster_bits=bits,
        is_extended=is_extended,
        disk_size=draw(st.integers(0, 1 << 20)) * 512,
        seed=draw(st.sampled_from((None, 1, 2))),
    )


@given(images(), st.floats(0, 1))
def test_what_was_put_in_comes_out(image, place):
    data = image.data()
    read_at = reader_of(data)
    snapshots = list_snapshots(read_at, len(data))
    assert len(snapshots) == len(image.shots)
    for snapshot, shot in zip(snapshots, image.shots, strict=True):
        assert (snapshot.id, snapshot.name, snapshot.icount) == (shot.id, shot.name, shot.icount)
        assert snapshot.vm_state_size == len(shot.state)
        assert b"".join(vm_state(read_at, snapshot)) == shot.state
        start = int(place * len(shot.state))
        assert b"".join(vm_state(read_at, snapshot, start)) == shot.state[start:]


@pytest.mark.parametrize("bits", range(18, 22))
@pytest.mark.parametrize("is_extended", [False, True])
def test_so_it_does_from_the_largest_clusters(bits, is_extended):
    state = bytes(1 << bits) + random.Random(bits).randbytes(1 << bits) + b"end"
    data = Image((Shot(state, kinds=KINDS),), cluster_bits=bits, is_extended=is_extended).data()
    read_at = reader_of(data)
    [snapshot] = list_snapshots(read_at, len(data))
    assert b"".join(vm_state(read_at, snapshot)) == state


def _state(cluster):
    text = b"".join(b"%d," % n for n in range(cluster // 4))[:cluster]
    return (text + bytes(cluster) + bytes([1]) * cluster) * 3 + b"end"


#: Forms of image to damage, as small as they get.
FORMS = {
    "version 2": Image((Shot(_state(512), kinds=KINDS),), version=2, cluster_bits=9),
    "version 3": Image(
        (Shot(_state(512), kinds=KINDS), Shot(b"x" * 700, name="b")), cluster_bits=9, disk_size=512
    ),
    "compressed": Image((Shot(_state(4096), kinds=("packed",)),), cluster_bits=12, disk_size=0),
    "extended": Image((Shot(_state(1 << 14)),), cluster_bits=14, is_extended=True),
}
_WORDS = (0, 1, 511, 512, 1 << 31, 1 << 32, 1 << 62, 1 << 63, (1 << 63) - 1, (1 << 64) - 1)


def damaged(data, places, rng):
    """Return *data* with one to three damages, most of them where the tables are."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        begin = rng.choice((0, *places.values(), rng.randrange(len(data))))
        at = min(begin + rng.randrange(130), len(data) - 8)
        kind = rng.randrange(5)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            struct.pack_into(">Q", data, at & ~7, rng.choice(_WORDS) ^ rng.choice((0, 1, 512)))
        elif kind == 2:
            struct.pack_into(">I", data, at & ~3, rng.choice((0, 1, 0xFFFF, (1 << 32) - 1)))
        elif kind == 3:
            struct.pack_into(">Q", data, at & ~7, rng.randrange(2 * len(data)))
        else:
            # A cut is as long as the file, mostly.
            del data[rng.randrange(len(data) // 2, len(data)) :]
            data += bytes(max(0, 8 - len(data)))
            if len(data) < 200:
                break
    return bytes(data)


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_image_is_an_error_of_ours_or_as_long_as_it_says(form):
    image = FORMS[form]
    whole = image.data()
    rng = random.Random(form)
    refused = 0
    for _ in range(DAMAGED):
        data = damaged(whole, image.places, rng)
        asked = 0
        view = memoryview(data)

        def read_at(offset, size, view=view):
            nonlocal asked
            asked += size
            assert offset + size <= len(view), "asked for what is not there"
            return bytes(view[offset : offset + size])

        try:
            for snapshot in list_snapshots(read_at, len(data)):
                asked = size = 0
                for piece in vm_state(read_at, snapshot):
                    size += len(piece)
                    assert len(piece) <= PIECE
                assert size == snapshot.vm_state_size
                # The tables, the content once, sectors that two compressed clusters share.
                assert asked <= 3 * len(data)
        except ImageError:
            refused += 1
    # Most damage hits something; the rest falls on content, which is not ours to judge.
    assert DAMAGED / 20 < refused < DAMAGED


@pytest.mark.parametrize("form", FORMS)
def test_an_image_cut_anywhere_is_refused_or_whole(form):
    image = FORMS[form]
    whole = image.data()
    # The refcounts come last, and nobody here asks for them.
    enough = max(image.places.values()) + 1
    for end in (*range(120), *range(120, len(whole), 509)):
        read_at = reader_of(whole[:end])
        if end < enough:
            with pytest.raises(ImageError):
                all_of(read_at, end)
        elif end >= enough + image.cluster_size:
            assert all_of(read_at, end) == [shot.state for shot in image.shots]


def all_of(read_at, size):
    snapshots = list_snapshots(read_at, size)
    return [b"".join(vm_state(read_at, snapshot)) for snapshot in snapshots]
