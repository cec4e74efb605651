"""AHCI controllers: ports first, then their number, which both sides must know."""

from __future__ import annotations

import pytest

from tests.support.chips import chip
from vmstate import StreamError
from vmstate.blank import blank
from vmstate.macros.devices.ahci import VMSTATE_AHCI, vmstate_ahci, vmstate_ahci_device

#: A bus; a drive; 16 registers of a port; three states; 32 commands of 17 bytes.
PORT_SIZE = 2 + 28 + 16 * 4 + 1 + 4 + 1 + 32 * 17


def controller(ports):
    state = blank(vmstate_ahci)
    state.ports = ports
    state.dev = [blank(vmstate_ahci_device) for _ in range(ports)]
    return state


@pytest.mark.parametrize("ports", [1, 6])
def test_a_controller_has_its_ports_and_28_bytes(engine, ports):
    state = controller(ports)
    state.control_regs.version = 0x10000
    data = engine.save(vmstate_ahci, state).data
    assert len(data) == ports * PORT_SIZE + 28
    assert data[-12:] == bytes.fromhex("00010000 00000000") + ports.to_bytes(4)


def test_a_port_comes_back_with_its_bus_drive_and_commands(engine):
    state = controller(1)
    [port] = state.dev
    port.port.unit, port.port.ifs[0].lba48, port.ncq_tfs[31].lba = 1, 1, 1 << 40
    port.busy_slot = -1
    data = engine.save(vmstate_ahci, state).data
    [loaded] = engine.load(vmstate_ahci, controller(1), data, 1).dev
    assert (loaded.port.unit, loaded.port.ifs[0].lba48) == (1, 1)
    assert (loaded.ncq_tfs[31].lba, loaded.busy_slot) == (1 << 40, -1)


def test_another_number_of_ports_is_refused_behind_them(engine):
    data = engine.save(vmstate_ahci, controller(1)).data
    with pytest.raises(StreamError) as error:
        engine.load(vmstate_ahci, controller(1), data[:-4] + (2).to_bytes(4), 1)
    assert error.value.path == "ahci/ports"
    assert error.value.offset == PORT_SIZE + 24


def test_a_device_has_a_controller(engine):
    description = chip(VMSTATE_AHCI("ahci"))
    state = blank(description)
    state.ahci.ports, state.ahci.dev = 1, [blank(vmstate_ahci_device)]
    assert len(engine.save(description, state).data) == PORT_SIZE + 28
