"""The Fusion-MPT driver: handshakes and request frames."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.mptsas import MptSasDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = MptSasDriver()
BARS = (Bar(0, "io", 0xC000, 0x100), Bar(1, "memory", 0xE0000000, 0x4000))
FUNCTION = Function(Address(0, 4), 0x1000, 0x54, 0x010000, bars=BARS)


def doorbell(commands):
    return [one.value for one in commands if one.is_write and one.address == 0xE0000000]


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x1000, 0x54, 0x010000))
    assert not DRIVER.fits(Function(Address(0, 4), 0x1000, 0x60, 0x010000, bars=BARS))


def test_a_start_initialises_by_a_handshake_and_gives_frames_for_replies():
    commands = DRIVER.start(FUNCTION, ARENA)
    reset, handshake, *words = doorbell(commands)
    assert (reset, handshake) == (0x40000000, 0x420B0000)
    assert len(words) == 11
    assert words[0] == 0x02000004
    assert words[1] == 0x00010800
    assert words[10] == 0x0105
    reads = [one for one in commands if one.is_read and one.address == 0xE0000000]
    assert len(reads) == 10
    frames = [one.value for one in commands if one.address == 0xE0000044]
    assert frames == [0x104000 + 0x80 * place for place in range(8)]


def test_a_transfer_is_an_inquiry_in_a_frame():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    frame = memory_after(commands)[0x1000:0x1080]
    assert frame[:8].hex() == "0000000006120000"
    assert unpack("<I", frame[20:24]) == (2 << 24,)
    assert frame[24:30].hex() == "120000002400"
    assert unpack("<IIII", frame[40:56]) == (36, 0x108000, 0xD1000024, 0x110000)
    assert "writel 0xe0000040 0x101000" in map(str, commands)


def test_a_page_of_configuration_is_asked_for_by_type_and_number():
    # a message, frame 3: configuration, action 1, page of manufacturing 0, address 0
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((9, 3, 0, 3, 1))))
    frame = memory_after(commands)[0x1180:0x1200]
    assert (frame[0], frame[3], frame[0x17]) == (1, 4, 9)
    assert unpack("<I", frame[8:12]) == (3,)
    assert unpack("<II", frame[0x1C:0x24]) == (0xD1000200, 0x110000)
    # A reply needs a frame, which is given first.
    texts = list(map(str, commands))
    assert texts[0] == "writel 0xe0000044 0x104180"
    assert texts[-2:] == ["readl 0xe0000044", "writel 0xe0000030 0x0"]


def test_a_query_of_a_task_names_it_and_other_messages_only_themselves():
    query = DRIVER.request(FUNCTION, ARENA, Draw(bytes((9, 0, 2))))
    frame = memory_after(query)[0x1000:0x1080]
    assert (frame[3], frame[5]) == (1, 7)
    enable = DRIVER.request(FUNCTION, ARENA, Draw(bytes((9, 1, 3))))
    assert memory_after(enable)[0x1080:0x1084].hex() == "01000006"


def test_facts_are_asked_for_by_handshake():
    facts = DRIVER.request(FUNCTION, ARENA, Draw(bytes((14,))))
    assert doorbell(facts) == [0x42030000, 0x03000000, 0, 0]
    ports = DRIVER.request(FUNCTION, ARENA, Draw(bytes((13,))))
    assert doorbell(ports) == [0x42030000, 0x05000000, 0, 0]
