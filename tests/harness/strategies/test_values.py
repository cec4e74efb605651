from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.strategies import device_values  # noqa: F401 (their codecs become known)
from harness.strategies.contents import Bits, Contents, Growing
from harness.strategies.kinds import Choices, Numbers, Timer, Timers, numbers_of
from harness.strategies.objects import Members
from harness.strategies.runs import Slot, changes, masks
from harness.strategies.values import values_of
from tests.support.transfer import plain
from vmstate import info
from vmstate.cursor import Reader, Writer
from vmstate.info import Integer, devices
from vmstate.info.devices.msix import Msix
from vmstate.info.devices.nvram import Widened
from vmstate.info.devices.pci import ConfigSpace
from vmstate.info.devices.vdagent import Clipboard

QUICK = settings(
    max_examples=25,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
)
MORE = settings(QUICK, max_examples=2000)
#: What a field tells its codec, where it matters.
SIZES = {"buffer": 5, "bitmap": 70, "unused_buffer": 0, "pci config": 256}
CODECS = [
    codec
    for module in (info, devices)
    for name, codec in sorted(vars(module).items())
    if name.isupper() and hasattr(codec, "load") and name not in ("UNUSED_BUFFER", "EXTRA_STATE")
]


def written(codec, value, size):
    writer = Writer()
    codec.save(writer, value, size)
    return writer


def read(codec, writer, current, size):
    reader = Reader(bytes(writer))
    reader.descriptors = deepcopy(writer.descriptors)
    return codec.load(reader, current, size)


@pytest.mark.parametrize("codec", CODECS, ids=repr)
def test_every_codec_has_values_and_a_destination_to_load_them_into(codec):
    size = SIZES.get(codec.name, 0)
    values = values_of(codec)

    @settings(QUICK, max_examples=3 if codec is devices.VIRTIO else 15)
    @given(st.deferred(lambda: values.near(values.zero(size), size, 64)))
    def law(value):
        there = values.other(deepcopy(value), size)
        if not isinstance(codec, Widened):
            expected = values.loaded(value, deepcopy(there), size)
            assert plain(read(codec, written(codec, value, size), there, size)) == plain(expected)

    law()


@pytest.mark.parametrize("codec", [one for one in CODECS if one is not devices.VIRTIO], ids=repr)
def test_a_value_shrinks_to_the_one_that_the_state_holds(codec):
    size = SIZES.get(codec.name, 0)
    values = values_of(codec)
    made = find(
        st.builds(lambda: values.near(values.zero(size), size, 64)).flatmap(lambda near: near),
        lambda _: True,
        settings=QUICK,
    )
    assert plain(made) == plain(values.zero(size))


def test_a_codec_that_nobody_knows_is_named_with_a_remedy():
    class Odd:
        def __repr__(self):
            return "ODD"

    with pytest.raises(ConfigError) as error:
        values_of(Odd())
    assert str(error.value) == (
        "it is not known what values the codec ODD takes\n"
        "  register its class with harness.strategies.values.values_of"
    )
    values_of.register(Odd, lambda _: Numbers(0, 9))
    assert values_of(Odd()) == Numbers(0, 9)


@pytest.mark.parametrize(
    ("format_", "low", "high"),
    [("B", 0, 255), ("b", -128, 127), ("Q", 0, (1 << 64) - 1), ("16s", 0, (1 << 128) - 1)],
)
def test_numbers_are_those_that_a_struct_format_holds(format_, low, high):
    assert numbers_of(format_).ends == (low, high)


@pytest.mark.parametrize("codec", [info.UINT8, info.INT16, info.UINT32, info.INT64])
def test_limits_are_drawn_often(codec):
    seen = []

    @settings(max_examples=300, database=None, derandomize=True)
    @given(values_of(codec).near(0, 0, 0))
    def draw(value):
        seen.append(value)

    draw()
    low, high = values_of(codec).ends
    assert {low, high, 0} <= set(seen)
    assert len(set(seen)) > 50


def test_a_number_shrinks_towards_the_reset_state_and_not_to_zero():
    near = values_of(Integer(4, signed=False)).near(1000, 0, 0)
    assert find(near, lambda value: value > 1010, settings=QUICK) == 1011
    assert find(near, lambda value: value < 990, settings=QUICK) == 989


def test_a_number_that_moves_past_the_last_goes_on_at_the_first():
    assert Numbers(-2, 1).moved(1, 1) == -2
    assert Numbers(-2, 1).moved(-2, -1) == 1
    assert [Numbers(-2, 1).limit(0, which) for which in range(4)] == [1, -2, 0, -1]
    assert Numbers(0, 3).limit(0, 3) == 0
    assert Numbers(0, 0).width == 1
    assert not Numbers(0, 3).holds(4)


def test_a_timer_is_changed_in_place_and_made_where_there_is_none():
    timer = Timer(5)
    assert Timers().made(timer, 0) is timer
    assert timer.expire_ns is None
    assert Timers().made(None, 8) == Timer(7)
    near = st.builds(Timer).flatmap(lambda new: Timers().near(new, 0, 0))
    assert find(near, lambda one: one.expire_ns is not None, settings=QUICK) == Timer(0)


def test_a_buffer_is_changed_in_place_and_only_where_it_is_sent():
    buffer = bytearray(b"abcdef")
    made = find(
        st.builds(lambda: Contents(2).near(bytearray(buffer), 3, 64)).flatmap(lambda near: near),
        lambda data: data[3] != ord("d"),
        settings=QUICK,
    )
    assert made == b"abc" + bytes([ord("d") ^ 1]) + b"ef"
    assert Contents(2).other(bytearray(b"\x00\xff"), 0) == b"\xff\x00"


def test_all_bits_of_a_bitmap_can_be_set():
    full = find(
        Bits().near(0, 70, 64),
        lambda bits: bits.bit_count() > 60,
        settings=MORE,
    )
    assert full.bit_count() > 60
    assert Bits().other(0, 1) == (1 << 64) - 1


def test_bytes_of_any_length_grow_and_are_cut_short():
    near = Growing(2).near(bytearray(b"abc"), 0, 64)
    assert find(near, lambda _: True, settings=QUICK) == b"abc"
    assert find(near, lambda data: len(data) == 2, settings=QUICK).startswith(b"a")
    assert find(near, lambda data: len(data) == 5, settings=QUICK) == b"abc\x00\x00"


@pytest.mark.parametrize("most", [4096, 32])
def test_any_bit_of_a_run_can_be_set_by_itself(most):
    last = find(masks(40, most), lambda mask: mask[39] & 1, settings=MORE)
    assert last[:39] == bytes(39)
    full = find(masks(40, most), lambda mask: mask.count(0xFF) > 9, settings=MORE)
    assert sum(map(bool, full)) == 10
    assert find(masks(0, most), lambda _: True) == b""


@pytest.mark.parametrize("most", [4096, 32])
def test_any_number_of_many_can_be_changed_by_itself_or_put_to_a_limit(most):
    def changed(drawn):
        row = [7] * 40
        drawn.apply([Slot(Numbers(0, 65535), row, index) for index in range(40)])
        return row

    runs = changes(40, 2, most).map(changed)
    assert find(runs, lambda _: True, settings=QUICK) == [7] * 40
    row = find(runs, lambda row: row[39] != 7, settings=MORE)
    assert row[:39] == [7] * 39
    assert find(runs, lambda row: row[20] == 65535, settings=MORE).count(7) == 39
    assert find(runs, lambda row: row.count(65535) > 30, settings=MORE).count(7) == 9


def test_choices_have_no_order_but_the_one_that_is_held_comes_first():
    names = Choices(("a", "b", "c"))
    assert find(names.near("b", 0, 0), lambda _: True) == "b"
    assert names.zero(0) == "a"
    assert names.other("c", 0) == "a"
    assert Choices((None, True), is_kept=True).other(True, 0) is True


def test_members_move_each_by_itself():
    values = values_of(devices.HPPA_TLB_ENTRY)
    made = find(
        st.builds(lambda: values.near(values.zero(0), 0, 64)).flatmap(lambda near: near),
        lambda entry: entry.access_id > 3,
        settings=MORE,
    )
    assert {name for name, value in plain(made).items() if value} == {"access_id"}
    assert Members(lambda _: None, {}).other(None, 0) is None


def test_objects_with_buffers_are_turned_over_where_nothing_is_compared():
    space = ConfigSpace.blank(4)
    space.cmask[0] = space.cmask[1] = 0xFF
    space.wmask[1] = 0x0F
    assert values_of(devices.PCI_CONFIG).other(space, 4).config == b"\x00\x0f\xff\xff"
    table = Msix.blank(9)
    table.pba.extend(b"\x01")
    values = values_of(devices.MSIX)
    near = st.builds(deepcopy, st.just(table)).flatmap(lambda new: values.near(new, 0, 512))
    assert find(near, lambda _: True, settings=QUICK) == table
    there = values_of(devices.MSIX).other(deepcopy(table), 0)
    loaded = values_of(devices.MSIX).loaded(table, there, 0)
    assert (loaded.table, loaded.pba) == (table.table, b"\x00\x00\xfe")


def test_lists_are_loaded_into_or_replaced_as_their_codecs_do():
    clipboards = values_of(devices.CBINFOS)
    here = [Clipboard(1)]
    assert clipboards.loaded([Clipboard(2)], here, 0) is here
    assert [one.selection for one in here] == [2]
    assert clipboards.loaded([], None, 0) is None
    assert clipboards.other(None, 0) is None
    tree = {5: 6}
    assert values_of(devices.MIPS_OCTEON_LLM_TREE).loaded({1: 2}, tree, 0) == {1: 2}
