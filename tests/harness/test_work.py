"""Work: what a driver can have a device do."""

from harness.command import Command
from harness.work import Work


def test_the_same_bytes_make_the_same_request():
    start = (Command("outb", (0x10, 1)),)
    work = Work("shift", start, lambda data: tuple(Command("outb", (0x11, one)) for one in data))
    assert (work.name, work.start) == ("shift", start)
    assert work.request(b"\x01\x02") == work.request(b"\x01\x02")
    assert [command.value for command in work.request(b"\x01\x02")] == [1, 2]
