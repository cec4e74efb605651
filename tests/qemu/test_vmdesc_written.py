"""What a real QEMU writes into its stream, written again from descriptions: byte for byte.

Every section of two machines is described from the binary's dump and the stream's vmdesc,
or from the vmdesc alone where the dump has no such description.  The section is loaded into
a blank state, saved again, and the vmdesc of that is what QEMU wrote.
"""

from __future__ import annotations

from contextlib import closing

import pytest

from harness.qemu.argv import Machine
from harness.qemu.binaries import dump_vmstate, find_one
from harness.qemu.session import Session
from tests.support.engines import ENGINES
from vmstate import Release
from vmstate.blank import blank
from vmstate.describe import describe_device, describe_stream
from vmstate.dump import read_dump
from vmstate.errors import ContradictionError
from vmstate.merge import merge
from vmstate.sent import read_sent
from vmstate.settle import settle
from vmstate.source import constant_name, source_of
from vmstate.stream import read_stream

pytestmark = pytest.mark.qemu

DEADLINE_S = 20
PAGE_SIZE = 4096
MACHINES = {
    "pc": (
        *("-device", "e1000"),
        *("-device", "rtl8139"),
        *("-device", "virtio-net-pci"),
        *("-device", "VGA"),
        *("-device", "piix3-usb-uhci,id=u", "-device", "usb-tablet,bus=u.0"),
        *("-device", "isa-serial,chardev=c", "-chardev", "null,id=c"),
        *("-device", "sb16,audiodev=a", "-audiodev", "none,id=a"),
    ),
    "q35": (
        *("-device", "e1000e"),
        *("-device", "virtio-blk-pci,drive=d"),
        *("-drive", "if=none,id=d,driver=null-co,read-zeroes=on"),
        *("-device", "VGA"),
        *("-device", "qemu-xhci,id=x", "-device", "usb-kbd,bus=x.0"),
        *("-device", "AC97,audiodev=a", "-audiodev", "none,id=a"),
        *("-device", "virtio-serial-pci"),
    ),
}
#: Descriptions of what is registered without a device class, so that no dump has them, and
#: where QEMU 7.2 registers them.
NOT_DUMPED = {
    "timer": "softmmu/cpu-timers.c",
    "cpu_common": "cpu.c",
    "cpu": "cpu.c",
    "apic": "hw/intc/apic_common.c",
    "PCIBUS": "hw/pci/pci.c",
    "ide": "hw/ide/piix.c",
    "i2c_bus": "hw/i2c/core.c",
    "acpi_build": "hw/i386/acpi-build.c",
    "globalstate": "migration/global_state.c",
}


class Sent:
    """One machine's stream, with the text of its vmdesc."""

    def __init__(self, name):
        binary = find_one()
        self.release = Release.parse(binary.version_text)
        self.dump = read_dump(dump_vmstate(binary.path))
        with closing(Session(Machine(binary.path, name, MACHINES[name]), DEADLINE_S)) as session:
            data = session.migration_stream("describing its sections")
        self.stream = read_stream(data)
        # JSON has no byte of zero in it; the end mark before its header has.
        start = data.rindex(b"\0\x06", 0, data.rindex(b'"page_size"')) + 6
        self.text = data[start:].rstrip(b"\0").decode()
        # Since 8.2 it begins with the configuration, which is no device's.
        self.configuration = self.text.partition(', "page_size"')[0].partition(": ")[2]
        if self.text.startswith('{"page_size"'):
            self.configuration = ""

    def sections(self):
        return zip(self.stream.sections, self.stream.vmdesc.devices, strict=True)

    def description(self, device):
        """Return the description of a section, and whether the dump has it."""
        complaints = []
        for dumped in self.dump.named(device.body.name):
            try:
                return merge(dumped, device.body), True
            except ContradictionError as error:
                complaints.append(error)
        assert not complaints, complaints
        return read_sent(device.body), False


@pytest.fixture(scope="module", params=MACHINES)
def sent(request):
    return Sent(request.param)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_vmdesc_of_every_section_is_what_qemu_wrote(sent, engine):
    written = []
    for section, device in sent.sections():
        settled = settle(sent.description(device)[0], device.body)
        codec = ENGINES[engine](settled, sent.release)
        state = blank(settled)
        codec.load(state, section.body, section.version_id)
        saved = codec.save(state)
        assert saved.data == section.body, section.idstr
        written.append(
            describe_device(saved.layout, sent.release, section.idstr, section.instance_id)
        )
    assert len(written) > 30
    assert describe_stream(written, PAGE_SIZE, sent.configuration) == sent.text


def test_only_what_has_no_device_class_is_described_by_the_vmdesc_alone(sent):
    undumped = {
        device.body.name for _, device in sent.sections() if not sent.description(device)[1]
    }
    names = {device.body.name for _, device in sent.sections()}
    assert undumped == NOT_DUMPED.keys() & names
    assert len(undumped) >= len(NOT_DUMPED) - 1


def test_every_description_is_printed_and_read_back(sent):
    for _, device in sent.sections():
        description, _ = sent.description(device)
        namespace = {}
        exec(source_of(description), namespace)
        assert namespace[constant_name(description)] == description


def test_a_merged_description_has_the_dumps_structure_and_the_streams_types(sent):
    (pit,) = (device for _, device in sent.sections() if device.idstr == "i8254")
    description, _ = sent.description(pit)
    assert (description.version_id, description.minimum_version_id) == (3, 2)
    channels = next(field for field in description.fields if field.name == "channels")
    assert (channels.version_id, channels.num) == (2, 3)
    types = {field.name: field.info.name for field in channels.vmsd.fields}
    assert (types["count"], types["latched_count"], types["gate"]) == ("int32", "uint16", "uint8")


def test_the_dump_has_subsections_that_were_not_sent(sent):
    (rtc,) = (device for _, device in sent.sections() if device.idstr == "mc146818rtc")
    description, _ = sent.description(rtc)
    assert {subsection.name for subsection in description.subsections} == {
        "mc146818rtc/irq_reinject_on_ack_count"
    }
    assert not rtc.body.subsections


def test_another_machines_section_contradicts_the_dump_of_a_device(sent):
    (pit,) = (device for _, device in sent.sections() if device.idstr == "i8254")
    (pic,) = sent.dump.named("i8259")
    with pytest.raises(ContradictionError, match="'i8254' was sent, the dump has 'i8259'"):
        merge(pic, pit.body)
