"""Hotplug: what every device waits for, and the three fields of PCI's."""

from __future__ import annotations

import pytest

from tests.support.chips import State, chip
from vmstate.blank import blank
from vmstate.macros.devices import acpi


def test_each_cpu_has_ten_bytes_behind_selector_and_command(engine):
    description = chip(acpi.VMSTATE_CPU_HOTPLUG("cpus"), version_id=1)
    device = State(is_inserting=True, is_removing=False, ost_event=3, ost_status=0x80)
    state = State(cpus=State(selector=1, command=2, dev_count=2, devs=[device, device]))
    one = "01" + "00" + "00000003" + "00000080"
    assert engine.save(description, state).data.hex() == "00000001" + "02" + one + one


def test_each_slot_of_memory_has_ten_bytes_behind_the_selector(engine):
    description = chip(acpi.VMSTATE_MEMORY_HOTPLUG("dimms"), version_id=1)
    device = State(is_enabled=True, is_inserting=True, ost_event=0x103, ost_status=0)
    state = State(dimms=State(selector=1, dev_count=1, devs=[device]))
    assert engine.save(description, state).data.hex() == "000000010101" + "0000010300000000"


@pytest.mark.parametrize("with_index", [True, False])
@pytest.mark.parametrize("with_slots", [True, False])
def test_two_tests_decide_on_hotplug_of_pci_devices(engine, with_slots, with_index):
    description = chip(
        *acpi.VMSTATE_PCI_HOTPLUG(
            "hotplug", lambda state, _: state.with_slots, lambda state, _: state.with_index
        )
    )
    state = blank(description)
    state.with_slots, state.with_index = with_slots, with_index
    state.hotplug.acpi_pcihp_pci_status[255].down = 7
    data = engine.save(description, state).data
    assert len(data) == (4 + 256 * 8) * with_slots + 4 * with_index
    if with_slots:
        assert data[4 + 255 * 8 :][:8].hex() == "00000000" + "00000007"
