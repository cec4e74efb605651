"""The virtio driver: every type of device, within its bounds."""

import pytest

from harness.qemu.drivers import virtio as module
from harness.qemu.drivers.virtio import TYPES, Virtio
from harness.qemu.drivers.virtio_types import Chain, Proof, VirtioType
from tests.support.driver_laws import ARENA, assert_in_bounds, assert_lawful, function_of, requests
from tests.support.virtio_functions import COMMON, DEVICE, NOTIFY, virtio

STATUS = COMMON + 0x14


@pytest.mark.parametrize("kind", [*TYPES, 63])
def test_a_device_of_each_type_is_driven_by_the_laws(kind):
    function = virtio(kind)
    transfer = assert_lawful(Virtio(), function)
    assert (transfer is None) == (kind in (4, 63))
    for way in (Virtio(packed=True), Virtio(legacy=True)):
        assert_lawful(way, function, count=4)


def test_other_functions_are_not_for_it():
    assert not Virtio().fits(function_of(0x8086, 0x100E, (0, "memory", 0x20000)))
    assert not Virtio().fits(function_of(0x1AF4, 0x1001, subsystem=2))


def test_requests_use_both_interfaces_and_both_kinds_of_rings():
    function = virtio(2)
    seen = {
        (any(one.space == "io" for one in commands), "0x5" in features(commands))
        for commands in requests(Virtio(), function, count=60)
    }
    assert {(True, False), (False, False), (False, True)} <= seen


@pytest.mark.parametrize("ports", [True, False])
def test_requests_accept_what_is_drawn_but_for_what_may_differ_after_loading(ports):
    seen = [
        one.value
        for commands in requests(Virtio(), virtio(1, ports=ports), count=60)
        for one in commands
        if one.is_write and one.address in (COMMON + 12, 0xC004)
    ]
    assert any(value & 0xFFFFFF == 0xDFFFFF for value in seen)
    assert not any(value & (1 << 21 | 1 << 29) for value in seen)


def features(commands):
    return [
        str(command).split()[2]
        for command in commands
        if command.is_write and command.address == COMMON + 12
    ]


def test_a_request_begins_with_a_reset():
    for commands in requests(Virtio(), virtio(2)):
        assert commands[0].value == 0
        assert commands[0].address in (STATUS, 0xC012)


def test_only_a_keyboard_is_told_of_its_lights():
    lights = "1100"
    for class_code, wanted in ((0x090000, True), (0x090200, False), (0x098000, False)):
        function = virtio(18, ports=False, class_code=class_code)
        texts = [str(c) for commands in requests(Virtio(), function) for c in commands]
        transfer = Virtio().transfer(function, ARENA)
        texts += map(str, transfer.commands)
        assert any(f" 0x8 0x{lights}" in text for text in texts) is wanted


def test_a_transfer_ends_with_a_device_that_is_ready_for_the_next():
    transfer = Virtio().transfer(virtio(2), ARENA)
    texts = [str(one) for one in transfer.commands]
    kicks = [n for n, text in enumerate(texts) if text.startswith(f"writew {NOTIFY:#x} ")]
    resets = [n for n, text in enumerate(texts) if text == f"writeb {STATUS:#x} 0x0"]
    assert len(kicks) == 2
    assert kicks[-1] < resets[0]
    assert texts[-1] == f"writeb {STATUS:#x} 0xf"


def test_a_transfer_that_takes_a_while_is_left_alone():
    transfer = Virtio().transfer(virtio(16, ports=False), ARENA)
    start = Virtio().start(virtio(16, ports=False), ARENA)
    assert transfer.start[: len(start)] == transfer.commands[: len(start)] == start
    assert str(transfer.commands[-1]).startswith(f"writew {NOTIFY:#x} ")


def test_a_transfer_checks_the_configuration_byte_by_byte():
    checks = Virtio().transfer(virtio(18, ports=False), ARENA).checks
    spelt = bytes(c.expected for c in checks if c.command.address >= DEVICE + 8)
    assert spelt == b"QEMU Virtio "


def test_a_page_is_given_to_a_balloon_full_and_comes_back_empty():
    transfer = Virtio().transfer(virtio(5), ARENA)
    page = ARENA.base + 0x60000
    assert f"memset {page:#x} 0x1000 0xa5" in map(str, transfer.commands)
    assert transfer.checks[0].command.address == page
    assert transfer.checks[0].expected == bytes(64)


def test_a_chain_that_does_not_fit_is_refused(monkeypatch):
    huge = VirtioType("huge", (8,), lambda draw: Chain(0), Proof((Chain(0, (bytes(4096),)),)))
    monkeypatch.setitem(module.TYPES, 63, huge)
    with pytest.raises(ValueError, match="the chain takes 4096 bytes of 3840"):
        Virtio().transfer(virtio(63), ARENA)


def test_a_ring_that_is_full_takes_no_more(monkeypatch):
    greedy = VirtioType("greedy", (8,), lambda draw: Chain(0, (b"x",) * 3, (1,) * 3))
    monkeypatch.setitem(module.TYPES, 63, greedy)
    function = virtio(63, ports=False)
    for commands in requests(Virtio(), function):
        assert_in_bounds(function, commands)
        heads = [c for c in commands if str(c).startswith(f"write {ARENA.base + 0x1000:#x}")]
        assert len(heads) <= 1
