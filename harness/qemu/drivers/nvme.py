"""NVMe: the admin queue and one pair of I/O queues of a controller.

The place of a queue's head can't be known without reading, so all entries of the queues are
valid commands from the start: a request replaces one, and moves the tail, which makes the
controller carry out all those up to there.

Source: NVM Express Base Specification 1.4, 3.1 (registers), 4 (queues), 5 (admin commands), 6
(NVM commands); QEMU 7.2 hw/nvme/ctrl.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.pci.function import Function

#: Class code of an NVM Express controller.
_CLASS = 0x010802
_BAR = 0

_INTMS, _INTMC, _CC, _AQA, _ASQ, _ACQ = 0x0C, 0x10, 0x14, 0x24, 0x28, 0x30
#: Entries of 64 and 16 bytes, pages of 4 KiB, enabled.
_CC_ENABLED = 0x0046_0001
_DOORBELLS = 0x1000

_ENTRIES, _SQE, _CQE, _PAGE = 16, 64, 16, 0x1000
#: In the arena: submission and completion queues of both pairs, a PRP list, then buffers.
_SQ, _CQ, _LIST, _BUFFERS = (0x0000, 0x1000), (0x2000, 0x3000), 0x4000, 0x10000
_BUFFER_PAGES = 16

_CREATE_SQ, _CREATE_CQ, _IDENTIFY, _GET_LOG = 0x01, 0x05, 0x06, 0x02
_SET_FEATURES, _GET_FEATURES, _ABORT, _EVENT = 0x09, 0x0A, 0x08, 0x0C
_FLUSH, _WRITE, _READ, _COMPARE, _ZEROES, _DATA_SET = 0x00, 0x01, 0x02, 0x05, 0x08, 0x09
_ADMIN = (_IDENTIFY, _GET_LOG, _GET_FEATURES, _SET_FEATURES, _ABORT, _EVENT)
_NVM = (_READ, _WRITE, _FLUSH, _COMPARE, _ZEROES, _DATA_SET)
#: Identify: namespace, controller, active namespaces, descriptors.
_IDENTIFIED = (0, 1, 2, 3)
#: Log pages: errors, health, firmware slots, changed namespaces, effects.
_LOGS = (1, 2, 3, 4, 5)
#: Features: arbitration, power, temperature, error recovery, write cache, number of queues,
#: coalescing, vector, atomicity, events, timestamp.
_FEATURES = (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 14)

#: Where Identify Controller has the model's name.
_MODEL = 24


class NvmeDriver:
    """Commands to the admin queue and to one pair of I/O queues."""

    name = "nvme"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an NVMe controller."""
        return function.class_code == _CLASS and has_bar(function, _BAR, _DOORBELLS + 16)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Fill the queues with valid commands, enable, and create the I/O queues."""
        registers = Registers.of(function, _BAR)
        admin = [
            _entry(_CREATE_CQ, arena.at(_CQ[1]), 0, (_ENTRIES - 1) << 16 | 1, 3),
            _entry(_CREATE_SQ, arena.at(_SQ[1]), 0, (_ENTRIES - 1) << 16 | 1, 1 << 16 | 1),
        ]
        admin += [_entry(_IDENTIFY, arena.at(_BUFFERS), 0, 1)] * (_ENTRIES - len(admin))
        reads = _entry(_READ, arena.at(_BUFFERS + _PAGE), 1) * _ENTRIES
        return (
            *_enable(registers, arena, b"".join(admin)),
            store(arena.at(_SQ[1], len(reads)), reads),
            registers.write(_DOORBELLS, 2),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Replace an entry of a queue, and move the queue's tail and head."""
        registers = Registers.of(function, _BAR)
        queue = draw.choose((1, 1, 0))
        place = draw.below(_ENTRIES)
        entry = _nvm(arena, draw) if queue else _admin(arena, draw)
        commands = [store(arena.at(_SQ[queue] + place * _SQE), entry)]
        if queue:
            pages = [arena.at(_BUFFERS + n * _PAGE) for n in range(_BUFFER_PAGES)]
            commands.append(store(arena.at(_LIST), pack(f"<{len(pages)}Q", *pages)))
        commands.append(registers.write(_DOORBELLS + 8 * queue, (place + 1) % _ENTRIES))
        odd = draw.below(8)
        if odd < 4:
            commands.append(registers.write(_DOORBELLS + 8 * queue + 4, draw.below(_ENTRIES)))
        elif odd == 4:
            commands.append(registers.write(draw.choose((_INTMS, _INTMC)), draw.below(4)))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return Identify Controller as the first command of a controller enabled anew."""
        registers = Registers.of(function, _BAR)
        buffer = arena.at(_BUFFERS)
        return Transfer(
            self.start(function, arena),
            (
                fill(buffer, _PAGE, 0xA5),
                registers.write(_CC, 0),
                *_enable(registers, arena, _entry(_IDENTIFY, buffer, 0, 1)),
                registers.write(_DOORBELLS, 1),
            ),
            (
                Check(fetch(buffer + _MODEL, 14), b"QEMU NVMe Ctrl"),
                # Phase tag set, status 0.
                Check(fetch(arena.at(_CQ[0] + 14), 2), b"\x01\x00"),
            ),
        )


def _enable(registers: Registers, arena: Arena, admin: bytes) -> tuple[Command, ...]:
    size = _ENTRIES - 1
    return (
        fill(arena.at(_CQ[0]), _ENTRIES * _CQE, 0),
        store(arena.at(_SQ[0]), admin),
        registers.write(_AQA, size << 16 | size),
        registers.write(_ASQ, arena.at(_SQ[0])),
        registers.write(_ASQ + 4, 0),
        registers.write(_ACQ, arena.at(_CQ[0])),
        registers.write(_ACQ + 4, 0),
        registers.write(_CC, _CC_ENABLED),
    )


def _entry(code: int, prp1: int, namespace: int, *words: int, prp2: int = 0) -> bytes:
    """Return a submission queue entry; *words* are command dwords 10 and on."""
    identifier = (code << 4 | namespace) & 0xFFFF
    head = pack("<BBHIQQQQ", code, 0, identifier, namespace, 0, 0, prp1, prp2)
    return head + pack("<6I", *words, *[0] * (6 - len(words)))


def _admin(arena: Arena, draw: Draw) -> bytes:
    code = draw.choose(_ADMIN)
    buffer = arena.at(_BUFFERS + _PAGE * draw.below(_BUFFER_PAGES - 1))
    namespace = draw.choose((0, 1, 0xFFFF_FFFF, 2))
    if code == _IDENTIFY:
        return _entry(code, buffer, namespace, draw.choose(_IDENTIFIED))
    if code == _GET_LOG:
        return _entry(code, buffer, namespace, 127 << 16 | draw.choose(_LOGS))
    if code in (_GET_FEATURES, _SET_FEATURES):
        value = draw.choose((0, 1, 0x0101, 0x0100_0001))
        return _entry(code, buffer, namespace, draw.choose(_FEATURES), value)
    return _entry(code, 0, 0, draw.below(1 << 16))


def _nvm(arena: Arena, draw: Draw) -> bytes:
    code = draw.choose(_NVM)
    sector = draw.choose((0, 1, 8, 2040, 2048, 1 << 20))
    count = draw.choose((0, 7, 8, 15, 63))
    first = arena.at(_BUFFERS)
    second = 0
    if count > 15:
        second = arena.at(_LIST)
    elif count > 7:
        second = first + _PAGE
    if code == _DATA_SET:
        return _entry(code, first, 1, 0, 4)
    return _entry(code, first, draw.choose((1, 1, 2)), sector, 0, count, prp2=second)
