"""Functions: values, and what is looked up in them."""

from harness.qemu.pci.function import CAP_MSI, CAP_MSIX, Address, Bar, Capability, Function

BAR = Bar(2, "memory", 0xC000_0000, 4096)
MSI, AGAIN = Capability(CAP_MSI, 0x50, b"\x05\x00"), Capability(CAP_MSI, 0x60, b"\x05\x00")
FUNCTION = Function(Address(0, 3), 0x8086, 0x100E, 0x020000, bars=(BAR,), capabilities=(MSI, AGAIN))


def test_an_address_reads_as_people_write_it():
    assert str(Address(0, 0x1F, 3)) == "00:1f.3"
    assert str(Address(0x80, 2)) == "80:02.0"


def test_addresses_are_in_the_order_of_the_buses():
    assert sorted([Address(1, 0), Address(0, 2, 1), Address(0, 2)]) == [
        Address(0, 2),
        Address(0, 2, 1),
        Address(1, 0),
    ]


def test_a_register_is_found_by_its_index():
    assert FUNCTION.bar(2) is BAR
    assert FUNCTION.bar(0) is None


def test_the_first_capability_of_a_kind_is_found():
    assert FUNCTION.capability(CAP_MSI) is MSI
    assert FUNCTION.capability(CAP_MSIX) is None
