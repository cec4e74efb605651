"""Virtio devices that serve the guest's kernel: their requests."""

from harness.qemu.drivers.virtio_platform import (
    BALLOON,
    CONSOLE,
    CRYPTO,
    IOMMU,
    MEM,
    NET,
    RNG,
    RTC,
)
from tests.support.virtio_chains import chains, kinds


def test_a_network_device_gets_frames_room_and_commands():
    drawn = chains(NET, count=300)
    assert {chain.queue for chain in drawn} == {0, 1, 2}
    assert kinds(drawn, "<B", 2) == set(range(7))
    for chain in drawn:
        if chain.queue == 2:
            assert chain.into == (1,)
        if chain.queue == 1:
            assert chain.out[0] == bytes(12)


def test_a_table_of_addresses_is_as_long_as_it_says():
    tables = [c for c in chains(NET, count=400) if c.queue == 2 and c.out[0] == b"\x01\0"]
    assert tables
    for chain in tables:
        for table in chain.out[1:]:
            assert len(table) == 4 + 6 * int.from_bytes(table[:4], "little")


def test_a_console_gets_events_in_its_control_queue():
    drawn = chains(CONSOLE, count=300)
    assert {len(chain.out[0]) for chain in drawn if chain.queue == 3} == {8}
    assert {chain.queue for chain in drawn} == set(range(6))


def test_entropy_is_asked_for_in_one_to_three_pieces():
    assert {len(chain.into) for chain in chains(RNG)} == {1, 2, 3}


def test_a_balloon_gets_pages_that_nobody_needs():
    for chain in chains(BALLOON):
        if chain.queue < 2:
            numbers = [chain.out[0][n : n + 4] for n in range(0, len(chain.out[0]), 4)]
            assert all(0x20 <= int.from_bytes(n, "little") < 0x60 for n in numbers)
        else:
            assert len(chain.out[0]) % 10 == 0


def test_requests_to_an_iommu_have_the_length_of_their_kind():
    sizes = {1: 20, 2: 20, 3: 36, 4: 28, 5: 72, 9: 20}
    drawn = chains(IOMMU, count=300)
    assert kinds(drawn, "<B") == set(sizes)
    for chain in drawn:
        assert len(chain.out[0]) == sizes[chain.out[0][0]]


def test_memory_and_clocks_are_asked_with_requests_of_one_length():
    assert {len(chain.out[0]) for chain in chains(MEM)} == {24}
    assert {len(chain.out[0]) for chain in chains(RTC)} == {16}
    assert kinds(chains(RTC), "<H") >= {0x1, 0x2, 0x1000, 0x1001, 0x1002}


def test_a_crypto_device_makes_sessions_ends_none_and_is_given_data():
    drawn = chains(CRYPTO, count=300)
    assert kinds(drawn, "<I", 1) == {2}
    assert kinds(drawn, "<I") == {0, 1}
    assert {len(chain.out[0]) for chain in drawn} == {72}
