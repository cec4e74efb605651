"""Virtio devices that people see, hear and touch: their requests."""

from harness.qemu.drivers.virtio_people import GPU, INPUT, KEYBOARD, SOUND
from tests.support.virtio_chains import chains, kinds


def test_events_go_in_and_states_go_out():
    for chain in chains(INPUT) + chains(KEYBOARD):
        assert bool(chain.into) == (chain.queue == 0)
        assert bool(chain.out) == (chain.queue == 1)
    assert 0x11 not in kinds(chains(INPUT), "<H", 1)
    assert 0x11 in kinds(chains(KEYBOARD), "<H", 1)


def test_commands_to_a_display_are_as_long_as_they_should_be():
    bodies = {0x100: 0, 0x101: 16, 0x102: 8, 0x103: 24, 0x104: 24, 0x105: 32, 0x106: 24}
    bodies |= {0x107: 8, 0x108: 8, 0x10A: 8, 0x300: 32, 0x301: 32, 0x1FF: 0}
    drawn = chains(GPU, count=400)
    assert kinds(drawn, "<I") | kinds(drawn, "<I", 1) == set(bodies)
    for chain in drawn:
        kind = int.from_bytes(chain.out[0][:4], "little")
        assert len(chain.out[0]) == 24 + bodies[kind]
        assert chain.queue == (kind in (0x300, 0x301))
        assert chain.into[0] >= 24


def test_a_sound_device_is_asked_for_all_that_a_stream_goes_through():
    drawn = chains(SOUND, count=400)
    assert kinds(drawn, "<I") == {0x1, 0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0x200}
    assert {chain.queue for chain in drawn} == {0, 1, 2, 3}
