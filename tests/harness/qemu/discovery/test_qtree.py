"""Device trees read from ``info qtree``."""

from harness.qemu.discovery.qtree import buses, find_device, read_qtree

TREE = """\
bus: main-system-bus
  type System
  dev: hpet, id ""
    gpio-in "" 2
    bus: not a bus of this indent
      type odd
  dev: q35-pcihost, id ""
    mmio ffffffff/100
    bus: pcie.0
      type PCIE
      dev: virtio-scsi-pci, id "dut"
        addr = 02.0
        type = 3
        bus: virtio-bus
          type virtio-pci-bus
          dev: virtio-scsi-device, id ""
            bus: dut.0
              type SCSI
      dev: mch, id ""
bus: second
  type ISA
"""


def test_every_bus_is_found_with_its_type_from_the_top_down():
    roots = read_qtree(TREE)
    assert [bus.name for bus in roots] == ["main-system-bus", "second"]
    assert [(bus.name, bus.type) for bus in buses(roots)] == [
        ("main-system-bus", "System"),
        ("not a bus of this indent", "odd"),
        ("pcie.0", "PCIE"),
        ("virtio-bus", "virtio-pci-bus"),
        ("dut.0", "SCSI"),
        ("second", "ISA"),
    ]


def test_a_device_is_found_by_its_id_with_all_below_it():
    device = find_device(read_qtree(TREE), "dut")
    assert device is not None
    assert list(device.types()) == ["virtio-scsi-pci", "virtio-scsi-device"]
    assert [bus.name for bus in device.buses] == ["virtio-bus"]


def test_a_device_after_a_deeper_one_sits_on_the_upper_bus():
    pcie = next(bus for bus in buses(read_qtree(TREE)) if bus.name == "pcie.0")
    assert [device.type for device in pcie.devices] == ["virtio-scsi-pci", "mch"]


def test_an_id_that_is_not_there_gives_nothing():
    assert find_device(read_qtree(TREE), "dut1") is None


def test_lines_that_belong_to_nothing_are_passed_over():
    assert read_qtree('dev: lost, id "x"\n  type System\n\ntext\n') == []
