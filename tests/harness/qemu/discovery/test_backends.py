"""Backends: what properties are given."""

import pytest

from harness.qemu.discovery.backends import backends_for, link_target
from harness.qemu.discovery.catalogue import DeviceType, Property


def device(*properties):
    return DeviceType("any", "Misc", "PCI", properties)


def given(*properties, number=1, with_links=True):
    return backends_for(device(*properties), "dut", number, with_links=with_links)


@pytest.mark.parametrize(
    ("description", "arguments"),
    [
        (
            "Node name or ID of a block device to use as a backend",
            ("-blockdev", "null-co,node-name=dut-it,size=1048576,read-zeroes=on"),
        ),
        ("ID of a chardev to use as a backend", ("-chardev", "null,id=dut-it")),
        ("ID of a netdev to use as a backend", ("-netdev", "hubport,hubid=0,id=dut-it")),
        ("ID of an audiodev to use as a backend", ("-audiodev", "none,id=dut-it")),
    ],
)
def test_a_property_that_takes_a_backend_gets_one(description, arguments):
    made = given(Property("it", "str", description))
    assert made.arguments == arguments
    assert made.options == {"it": "dut-it"}


@pytest.mark.parametrize(
    ("target", "made"),
    [
        ("memory-backend", "memory-backend-ram,id=dut-it,size=128M,share=on"),
        ("rng-backend", "rng-builtin,id=dut-it"),
        ("cryptodev-backend", "cryptodev-backend-builtin,id=dut-it"),
        ("can-bus", "can-bus,id=dut-it"),
    ],
)
def test_a_link_gets_an_object_unless_links_are_left_out(target, made):
    link = Property("it", f"link<{target}>")
    assert given(link).arguments == ("-object", made)
    assert given(link).options == {"it": "dut-it"}
    assert given(link, with_links=False).arguments == ()
    assert given(link, with_links=False).options == {}


def test_each_property_gets_a_backend_of_its_own():
    said = "ID of a chardev to use as a backend"
    made = given(Property("chardev1", "str", said), Property("chardev2", "str", said))
    assert made.options == {"chardev1": "dut-chardev1", "chardev2": "dut-chardev2"}
    assert made.arguments == (
        *("-chardev", "null,id=dut-chardev1"),
        *("-chardev", "null,id=dut-chardev2"),
    )


def test_some_properties_are_known_by_their_names():
    made = given(
        Property("bus_nr", "uint8"),
        Property("chassis", "uint8"),
        Property("fsdev", "str"),
        Property("mount_tag", "str"),
        number=3,
    )
    assert made.arguments == ("-fsdev", "synth,id=dut-fsdev")
    assert made.options == {
        "bus_nr": "30",
        "chassis": "3",
        "fsdev": "dut-fsdev",
        "mount_tag": "tag",
    }


def test_what_reaches_the_host_is_given_nothing():
    made = given(
        Property("tpmdev", "str", "ID of a tpm to use as a backend"),
        Property("iothread", "link<iothread>"),
        Property("rootdir", "str"),
        Property("addr", "int32", "Slot and optional function number"),
    )
    assert (made.arguments, made.options) == ((), {})


def test_the_target_of_a_link_is_in_its_type():
    assert link_target(Property("a", "link<ipmi-bmc>")) == "ipmi-bmc"
    assert link_target(Property("a", "str")) == ""


def test_an_old_name_for_a_link_is_left_alone_where_there_is_a_newer_one():
    old, new = (
        Property("memdev", "link<memory-backend>"),
        Property("volatile-memdev", "link<memory-backend>"),
    )
    assert set(given(old).options) == {"memdev"}
    assert set(given(old, new).options) == {"volatile-memdev"}
