"""Streams built by hand, byte by byte, without the writer that is tested by them."""

import json

from vmstate.stream import MappedBytes, RamPages, RamZeros, Tail

PAGE = 4096
#: Bytes of a page in the small streams, which say so themselves.
SMALL_PAGE = 1024
HEADER = b"QEVM" + (3).to_bytes(4)
CONFIGURATION = b"\x07" + (2).to_bytes(4) + b"pc"


def be16(number):
    return number.to_bytes(2)


def be32(number):
    return number.to_bytes(4)


def be64(number):
    return number.to_bytes(8)


def counted(text):
    return bytes([len(text)]) + text.encode()


# Sections ---------------------------------------------------------------------------------


def footer(section_id):
    return b"\x7e" + be32(section_id)


def full(section_id, idstr, body, *, instance_id=0, version=1, end=None):
    head = b"\x04" + be32(section_id) + counted(idstr) + be32(instance_id) + be32(version)
    return head + body + (footer(section_id) if end is None else end)


def start(section_id, body, *, idstr="ram", version=4, end=None):
    head = b"\x01" + be32(section_id) + counted(idstr) + be32(0) + be32(version)
    return head + body + (footer(section_id) if end is None else end)


def part(section_id, body, *, kind=2, end=None):
    return bytes([kind]) + be32(section_id) + body + (footer(section_id) if end is None else end)


def last(section_id, body, *, end=None):
    return part(section_id, body, kind=3, end=end)


def subsection(name, data, version=1):
    return b"\x05" + counted(name) + be32(version) + data


def capabilities(*names):
    listed = b"".join(map(counted, names))
    return subsection("configuration/capabilities", be32(len(names)) + listed)


def page_bits(bits):
    return subsection("configuration/target-page-bits", be32(bits))


# Commands ---------------------------------------------------------------------------------


def command(number, payload=b""):
    return b"\x08" + be16(number) + be16(len(payload)) + payload


def package(inner):
    return command(7, be32(len(inner))) + inner


def discard(block, *pairs):
    return command(6, b"\0" + counted(block) + b"\0" + b"".join(be64(n) for p in pairs for n in p))


RETURN_PATH, LISTEN, RUN, SWITCHOVER = (command(number) for number in (1, 4, 5, 11))


def ping(token):
    return command(2, be32(token))


def advise(host_pages, page_size):
    return command(3, be64(host_pages) + be64(page_size))


# Guest memory -----------------------------------------------------------------------------

EOS, FLUSH, HOOK = be64(0x10), be64(0x200), be64(0x80)


def blocks(*sizes):
    listed = b"".join(counted(f"ram{n}") + be64(size) for n, size in enumerate(sizes))
    return be64(sum(sizes) | 0x04) + listed


def word(flag, address, block):
    """A page's word: it continues the block before it unless one is named."""
    if block is None:
        return be64(address | flag | 0x20)
    return be64(address | flag) + counted(block)


def page(address, data, block=None):
    return word(0x08, address, block) + data


def zero(address, block=None, fill=0):
    return word(0x02, address, block) + bytes([fill])


def xbzrle(address, data, block=None, method=1):
    return word(0x40, address, block) + bytes([method]) + be16(len(data)) + data


def compressed(address, data, block=None):
    return word(0x100, address, block) + be32(len(data)) + data


def mapped(version=1, page_size=SMALL_PAGE, bitmap=0, pages=0):
    return be32(version) + be64(page_size) + be64(bitmap) + be64(pages)


# The end ----------------------------------------------------------------------------------


def described(idstr, size, instance_id=0):
    return {
        "name": idstr,
        "instance_id": instance_id,
        "vmsd_name": idstr,
        "version": 1,
        "fields": [{"name": "data", "type": "buffer", "size": size}],
    }


def end(*devices, page_size=PAGE):
    text = json.dumps({"page_size": page_size, "devices": devices}).encode()
    return b"\x00\x06" + be32(len(text)) + text


def part_of(pages):
    """A list of one block, and a part with *pages* of it."""
    listed = be64(0x10004) + counted("r") + be64(0x10000)
    return start(2, listed + EOS) + part(2, pages + EOS) + b"\0"


_POSTCOPY_BLOCKS = (be64(0x8404) + counted("ram0") + be64(0x8000)) + (
    counted("ram1") + be64(0x400) + be64(0x200000)
)
_MAPPED_BLOCK = (be64(0x404) + counted("ram0") + be64(0x400)) + (
    mapped(bitmap=0xFFFF8, pages=0x100000) + bytes(8) + bytes(range(256)) * 4
)


# Whole streams ----------------------------------------------------------------------------

_SMALL = HEADER + CONFIGURATION + page_bits(10)
_TWO = full(8, "a", b"\x12\x34" + subsection("a/b", b"z")) + full(9, "dma", b"", instance_id=1)
_TWO_END = end(described("a", 13), described("dma", 0, 1), page_size=SMALL_PAGE)


def _memory(*pages, setup=FLUSH, end_of=None):
    return (
        start(2, blocks(0x8000, 0x400) + setup + EOS, end=end_of)
        + part(2, b"".join(pages) + EOS, end=end_of)
        + last(2, EOS, end=end_of)
    )


def _precopy():
    data = bytes(range(256)) * 4
    return (
        (_SMALL + RETURN_PATH + ping(1) + full(1, "early", b"\x04early"))
        + start(2, blocks(0x8000, 0x400) + FLUSH + EOS)
        + start(3, b"\x01", idstr="dirty-bitmap", version=1)
        + part(2, page(0x1000, data, "ram0") + zero(0x1400) + zero(0x1800) + zero(0x2000) + EOS)
        + part(3, b"\x08\x04disk\x01")
        + (SWITCHOVER + last(2, FLUSH + EOS) + last(3, b"\x01"))
        + (_TWO + end(described("early", 6), described("a", 13), described("dma", 0, 1)))
    ).replace(b'"page_size": 4096', b'"page_size": 1024')


def _encoded():
    return _SMALL + _memory(
        xbzrle(0, b"\x02\x01x", "ram0"),
        xbzrle(0x400, b""),
        compressed(0x800, b"packed", "ram0"),
        compressed(0x400, b"tight"),
        (zero(0, "ram1", fill=7) + HOOK),
    )


def _postcopy():
    return (
        (HEADER + CONFIGURATION + RETURN_PATH + ping(1) + advise(0x200000 | PAGE, SMALL_PAGE))
        + (start(2, _POSTCOPY_BLOCKS + EOS) + part(2, zero(0, "ram0") + EOS))
        + (discard("ram0", (0, 0x400), (0x800, 0x400)) + ping(2))
        + package(LISTEN + _TWO + ping(3) + RUN + b"rest")
        + (ping(4) + part(2, zero(0x400, "ram0") + EOS) + last(2, EOS) + b"\0")
    )


def _ignoring_shared():
    listed = counted("shared") + be64(0x10000) + be64(0xC0000000)
    return (_SMALL + capabilities("x-ignore-shared") + start(2, be64(0x10004) + listed + EOS)) + (
        last(2, EOS) + _TWO + _TWO_END
    )


def _mapped():
    # Something as long as this is in the file before the stream.
    head = _SMALL + capabilities("mapped-ram", "x-ignore-shared")
    listed = counted("ram0") + be64(0x800) + be64(0) + mapped(bitmap=0x1FFFF0, pages=0x200000)
    shared = counted("ram1") + be64(0x400) + be64(0x1000) + mapped()
    pages = bytes(16) + bytes(range(256)) * 8
    return (head + start(2, be64(0xC04) + listed + pages + shared + EOS) + last(2, EOS)) + (
        _TWO + _TWO_END
    )


def _without_footers():
    return (
        (_SMALL + _memory(zero(0, "ram0"), end_of=b""))
        + full(8, "a", b"\x12\x34", end=b"")
        + full(9, "dma", b"\x07", end=b"")
        + end(described("a", 2), described("dma", 1), page_size=SMALL_PAGE)
    )


#: Small streams: each form that a stream has is in one of them.
SMALL = {
    "precopy": _precopy(),
    "encoded pages": _encoded() + _TWO + _TWO_END,
    "postcopy": _postcopy(),
    "shared memory left out": _ignoring_shared(),
    "mapped-ram": _mapped(),
    "no footers": _without_footers(),
    "devices only": HEADER + _TWO + b"\0",
    "a snapshot": _SMALL + _memory(zero(0, "ram1")) + _TWO + _TWO_END + bytes(100),
    "no vmdesc": _SMALL + subsection("configuration/uuid", bytes(16)) + _TWO + b"\0\x55more",
}

_BITS, _BYTES = HEADER + CONFIGURATION + page_bits(8), bytes(range(256))
#: What tells the sizes of bodies that no footer ends.
SIZES = {("a", 0): 2, ("b", 0): 0, ("dma", 0): 1}

#: Smaller ones still, with one form each, which are read in an instant.
TINY = {
    "capabilities": HEADER + CONFIGURATION + capabilities("a", "x-ignore-shared") + b"\0",
    "uuid": HEADER + CONFIGURATION + subsection("configuration/uuid", bytes(range(16))) + b"\0",
    "blocks": HEADER + start(2, blocks(0x8000, 0x400, 0x800) + FLUSH + EOS) + b"\0",
    "pages": _BITS + part_of(page(0, bytes(256), "r") + page(256, _BYTES) + page(512, _BYTES)),
    "zeros": _BITS + part_of(zero(0, "r") + zero(256) + zero(512) + zero(1024)),
    "xbzrle": _BITS + part_of(xbzrle(0, b"\2\1x", "r") + xbzrle(0, b"")),
    "compressed": HEADER + part_of(compressed(0, b"packed", "r") + HOOK),
    "devices": HEADER + _TWO + b"\0",
    "other parts": HEADER + start(3, b"x", idstr="htab") + part(3, b"") + last(3, b"y") + b"\0",
    "a package": HEADER + package(LISTEN + full(1, "a", b"x") + RUN + b"rest") + b"\0",
    "commands": HEADER + ping(1) + advise(0x201000, PAGE) + discard("r", (0, 1)) + b"\0",
    "no footers": HEADER + full(8, "a", b"12", end=b"") + full(9, "b", b"", end=b"") + b"\0",
    "the end": HEADER + full(1, "a", b"x") + end(described("a", 1)) + bytes(4),
    "host pages": HEADER + advise(0x201000, 256) + start(2, _POSTCOPY_BLOCKS + EOS) + b"\0",
    "mapped-ram": (
        HEADER + CONFIGURATION + capabilities("mapped-ram") + start(2, _MAPPED_BLOCK + EOS) + b"\0"
    ),
}


def single(events):
    """Return *events* with runs of pages taken apart, and what comes in pieces joined.

    What is left does not depend on how the stream was cut.
    """
    result = []
    for event in events:
        before = result[-1] if result else None
        if isinstance(event, RamPages):
            for number in range(event.count):
                address = event.address + number * event.page_size
                result.append((event.block, event.is_named, address, bytes(event.page(number))))
        elif isinstance(event, RamZeros):
            for number in range(event.count):
                address = event.address + number * event.step
                result.append((event.block, event.is_named, address, event.fill))
        elif isinstance(event, MappedBytes | Tail):
            if isinstance(before, list) and before[0] is type(event):
                before[1] += event.data
            else:
                result.append([type(event), bytearray(event.data)])
        else:
            result.append(event)
    return result


# Damage -----------------------------------------------------------------------------------

_NUMBERS = [
    *(be32(number) for number in (0, 1, 2, 0x7F, 0x7FFFFFFF, 0xFFFFFFFF)),
    *(be64(number) for number in (0, 4, 8, 0x10, 0x28, 0x402, 1 << 31, 1 << 62, (1 << 64) - 1)),
    *(
        footer(2),
        footer(8),
        b"\0\x06",
        b"\x05\x01a",
        b"\x08\0\x07\0\4\0\0\0\5",
        b"\x01\0\0\0\2\3ram",
    ),
]


def damaged(random, data):
    """Return *data* with one to three damages: flips, cuts, and pieces put in or moved."""

    def below(number):
        # Much faster than randrange, and fair enough.
        return int(random.random() * number)

    data = bytearray(data)
    for _ in range(1 + below(6) // 4 + below(6) // 5):
        at = below(len(data) + 1)
        match below(8):
            case 0 | 1:
                data[at : at + 1] = bytes([below(256)])
            case 2:
                data[at : at + 1] = bytes(byte ^ 1 << below(8) for byte in data[at : at + 1])
            case 3:
                del data[at:]
            case 4:
                data[at:at] = random.randbytes(1 + below(8))
            case 5:
                number = _NUMBERS[below(len(_NUMBERS))]
                data[at : at + len(number)] = number
            case 6:
                del data[at : at + 1 + below(40)]
            case 7:
                # Two pieces beside each other change places.
                middle, last = sorted(at + below(len(data) + 1 - at) for _ in range(2))
                data[at:last] = data[middle:last] + data[at:middle]
    return bytes(data)
