"""Recipes: the arguments that create a device, and what it sits on."""

from harness.qemu.discovery.catalogue import Catalogue, DeviceType, Property
from harness.qemu.discovery.recipe import Measure, Recipe, arguments, measures, partners

CHARDEV = Property("chardev", "str", "ID of a chardev to use as a backend")
BMC = Property("bmc", "link<ipmi-bmc>")
RNG = Property("rng", "link<rng-backend>")
LATER = Property("ioeventfd", "bool")
DEVICES = (
    DeviceType("usb-xhci", "USB", "PCI"),
    DeviceType("usb-ccid", "Input", "usb-bus", (CHARDEV,)),
    DeviceType("card", "Input", "ccid-bus"),
    DeviceType("bmc-extern", "Misc", "", (CHARDEV,)),
    DeviceType("bmc-sim", "Misc"),
    DeviceType("bmc-on-bus", "Misc", "ISA"),
    DeviceType("isa-kcs", "Misc", "ISA", (BMC,)),
    DeviceType("virtio-rng", "Misc", "PCI", (RNG,)),
    DeviceType("hub", "USB", "PCI", (Property("host", "link<device>"),)),
    DeviceType("nvme", "Storage", "PCI"),
    DeviceType("virtio-9p-pci", "Storage", "PCI", (LATER,)),
    DeviceType("virtio-9p-device", "Storage", "virtio-bus"),
    DeviceType("virtio-mmio", "Misc", "", (LATER,)),
    DeviceType("ipmi-bmc-sim", "Misc"),
    DeviceType("ipmi-bmc-extern", "Misc", "", (CHARDEV,)),
)
TYPES = Catalogue(
    {device.name: device for device in DEVICES},
    {
        "bmc-extern": "ipmi-bmc",
        "bmc-sim": "ipmi-bmc",
        "bmc-on-bus": "ipmi-bmc",
        "ipmi-bmc": "device",
    },
)
XHCI = Recipe("usb-xhci", Measure.BARE)


def test_a_plain_device_is_one_argument():
    assert arguments(XHCI, TYPES) == ("-device", "usb-xhci,id=dut")


def test_what_a_device_sits_on_comes_first_and_has_names_of_its_own():
    ccid = Recipe("usb-ccid", Measure.BACKENDS, XHCI, "dut.0")
    card = Recipe("card", Measure.BARE, ccid, "dut.0")
    assert arguments(card, TYPES) == (
        *("-device", "usb-xhci,id=dut2"),
        *("-chardev", "null,id=dut1-chardev"),
        *("-device", "usb-ccid,id=dut1,bus=dut2.0,chardev=dut1-chardev"),
        *("-device", "card,id=dut,bus=dut1.0"),
    )
    assert card.types() == ("card", "usb-ccid", "usb-xhci")


def test_a_bus_with_a_name_of_its_own_keeps_it():
    recipe = Recipe("usb-ccid", Measure.BARE, XHCI, "usb.7")
    assert arguments(recipe, TYPES)[-1] == "usb-ccid,id=dut,bus=usb.7"


def test_a_link_to_a_device_gets_one_that_speaks_to_nothing_outside():
    assert partners(TYPES.device("isa-kcs"), TYPES) == {"bmc": "bmc-sim"}
    assert arguments(Recipe("isa-kcs", Measure.DEVICES), TYPES) == (
        *("-device", "bmc-sim,id=dut-bmc"),
        *("-device", "isa-kcs,id=dut,bmc=dut-bmc"),
    )


def test_a_link_to_just_any_device_gets_none():
    assert partners(TYPES.device("hub"), TYPES) == {}


def test_a_need_is_met_whatever_else_is_given():
    assert arguments(Recipe("nvme", Measure.BARE), TYPES) == ("-device", "nvme,id=dut,serial=1")


def test_what_reaches_a_device_comes_behind_it_unless_a_machine_refuses_that():
    most, *less = measures(TYPES.device("ipmi-bmc-sim"), TYPES)
    reached = ("-device", "pci-ipmi-kcs,id=dut-interface,bmc=dut")
    assert arguments(Recipe("ipmi-bmc-sim", most), TYPES) == (
        "-device",
        "ipmi-bmc-sim,id=dut",
        *reached,
    )
    assert [arguments(Recipe("ipmi-bmc-sim", one), TYPES) for one in less] == [
        ("-device", "ipmi-bmc-sim,id=dut")
    ]


def test_what_a_need_gives_a_property_is_no_backend_besides():
    given = arguments(Recipe("ipmi-bmc-extern", Measure.BACKENDS), TYPES)
    assert [word for word in given if "chardev=" in word] == [
        "ipmi-bmc-extern,id=dut,chardev=listener"
    ]
    assert not [word for word in given if word.startswith("null,")]


def test_only_measures_that_differ_are_tried():
    assert measures(TYPES.device("usb-xhci"), TYPES) == (Measure.BACKENDS,)
    assert measures(TYPES.device("isa-kcs"), TYPES) == (Measure.BACKENDS, Measure.DEVICES)
    assert measures(TYPES.device("virtio-rng"), TYPES) == (Measure.BACKENDS, Measure.SOME)
    assert measures(TYPES.device("usb-ccid"), TYPES) == (Measure.BACKENDS, Measure.BARE)


def test_a_virtio_transport_answers_at_once():
    assert arguments(Recipe("virtio-9p-pci", Measure.BARE), TYPES) == (
        *("-device", "virtio-9p-pci,id=dut,ioeventfd=off"),
    )
    # The board's own is told so, too, but not where another is plugged in.
    assert arguments(Recipe("virtio-9p-device", Measure.BARE), TYPES) == (
        *("-global", "virtio-mmio.ioeventfd=off"),
        *("-device", "virtio-9p-device,id=dut"),
    )
    own = Recipe("virtio-9p-device", Measure.BARE, Recipe("virtio-mmio", Measure.BARE), "dut.0")
    assert arguments(own, TYPES) == (
        *("-device", "virtio-mmio,id=dut1,ioeventfd=off"),
        *("-device", "virtio-9p-device,id=dut,bus=dut1.0"),
    )
