"""PCI devices: as many bytes of configuration as the device has, and its MSI-X."""

from __future__ import annotations

import pytest

from tests.support.chips import State, chip
from vmstate import StreamError
from vmstate.info.devices.msix import Msix
from vmstate.info.devices.pci import ConfigSpace
from vmstate.macros.devices.pci import (
    VMSTATE_MSIX,
    VMSTATE_MSIX_TEST,
    VMSTATE_PCI_DEVICE,
    VMSTATE_PCI_DEVICE_POINTER,
    vmstate_pci_device,
)


def card(size=256, version_id=2, irq_state=0):
    return State(config=ConfigSpace.blank(size), version_id=version_id, irq_state=irq_state)


@pytest.mark.parametrize(("size", "name"), [(256, "config[0]"), (4096, "config[1]")])
def test_a_device_sends_the_whole_of_its_configuration(engine, size, name):
    state = card(size, irq_state=0b0101)
    state.config.config[:4] = b"\x86\x80\x37\x12"
    saved = engine.save(vmstate_pci_device, state)
    assert saved.data[:8] == (2).to_bytes(4) + b"\x86\x80\x37\x12"
    assert saved.data[4 + size :].hex() == "00000001" + "00000000" + "00000001" + "00000000"
    assert len(saved.data) == 4 + size + 16
    loaded = engine.load(vmstate_pci_device, card(size), saved.data, 2)
    assert loaded == state


def test_the_first_version_has_no_lines(engine):
    data = engine.save(vmstate_pci_device, card(irq_state=3), version_id=1).data
    assert len(data) == 4 + 256
    assert engine.load(vmstate_pci_device, card(irq_state=9), data, 1).irq_state == 9


def test_a_newer_device_is_refused(engine):
    data = engine.save(vmstate_pci_device, card(version_id=3)).data
    with pytest.raises(StreamError) as error:
        engine.load(vmstate_pci_device, card(version_id=2), data, 2)
    assert error.value.path == "PCIDevice/version_id"


def test_a_device_may_stand_behind_a_pointer(engine):
    description = chip(VMSTATE_PCI_DEVICE("one"), VMSTATE_PCI_DEVICE_POINTER("other"))
    state = State(one=card(), other=card(4096))
    assert len(engine.save(description, state).data) == 2 * 20 + 256 + 4096


@pytest.mark.parametrize(("vectors", "size"), [(1, 17), (8, 129), (9, 146)])
def test_msix_is_table_and_pending_bits(engine, vectors, size):
    description = chip(VMSTATE_MSIX("card"))
    state = State(card=State(msix=Msix.blank(vectors)))
    assert len(engine.save(description, state).data) == size


def test_a_device_without_msix_sends_nothing_of_it(engine):
    description = chip(VMSTATE_MSIX("card"))
    assert engine.save(description, State(card=State(msix=None))).data == b""


@pytest.mark.parametrize(("is_on", "size"), [(True, 17), (False, 0)])
def test_a_test_decides_whether_there_is_msix(engine, is_on, size):
    description = chip(VMSTATE_MSIX_TEST("card", lambda state, version_id: state.is_on))
    state = State(is_on=is_on, card=State(msix=Msix.blank(1)))
    assert len(engine.save(description, state).data) == size
