"""The table of machines: what of the state of each is read, written again and decoded.

``python -m tests.support.machine_table`` prints it for every machine type of each x86 QEMU
that is found, and for the boards of other targets that are found, bare and with devices
plugged in; it ends with status 1 where a byte is neither decoded nor explained.

Owns the machines, their devices, and the reasons; it starts one machine after the other.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from harness.errors import DiedError, LaunchError, SaveError
from harness.qemu.argv import Machine
from harness.qemu.binaries import Binary, find
from harness.qemu.session import Session
from vmstate.decoded import DecodedSection, decode_stream
from vmstate.stream import joined, reader_for, write_events
from vmstate.stream.stream import find_vmdesc

#: Seconds that one operation of QEMU may take.
DEADLINE_S = 20.0
#: Seconds that asking a binary for its machine types may take.
_LIST_DEADLINE_S = 10.0

Arguments = tuple[str, ...]

#: Bytes that are not decoded, by description and type, and why that is so.  A reason that
#: a whole table has no use for is an error.
UNDECODED: dict[tuple[str, str], str] = {}

#: Boards whose state can't be had, and why that is so; likewise.
REFUSED: dict[str, str] = {
    "sparc64 sun4u bare": "QEMU 7.2 divides by the target pages in a page of the host: a target "
    "page of 8 KiB and a host page of 4 KiB make that 0 (migration/ram.c, ram_save_host_page)",
}


@dataclass(frozen=True, slots=True)
class Board:
    """A machine to be measured.

    Attributes:
        target: the emulated architecture.
        machine: as for ``-M``.
        label: tells boards of one machine type apart.
        arguments: what is plugged in.
        memory_mb: RAM, MiB.
    """

    target: str
    machine: str
    label: str = "bare"
    arguments: Arguments = ()
    memory_mb: int = 16

    @property
    def devices(self) -> int:
        """How many devices are plugged in."""
        return self.arguments.count("-device")

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return f"{self.target} {self.machine.partition(',')[0]} {self.label}"


@dataclass(frozen=True, slots=True)
class Row:
    """What was found of a board.

    Attributes:
        board: which one.
        sections: how many devices' sections.
        fields: how many leaf fields they have.
        size: bytes of all bodies.
        is_same: whether writing what was read gave the same bytes.
        undecoded: bytes that mean nothing, by description and type.
        refused: what QEMU said, where it has no stream.
    """

    board: Board
    sections: int = 0
    fields: int = 0
    size: int = 0
    is_same: bool = False
    undecoded: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: str = ""

    def __str__(self) -> str:
        board = self.board
        start = f"{board.target:9}{board.machine.partition(',')[0]:20}{board.label:9}"
        if self.refused:
            return f"{start}{board.devices:4}  {self.refused}"
        numbers = f"{board.devices:4}{self.sections:6}{self.fields:8}{self.size:9}"
        same = "same" if self.is_same else "DIFFERENT"
        return f"{start}{numbers}  {same:10}{sum(self.undecoded.values()):6}"


HEADER = (
    f"{'target':9}{'machine':20}{'plugged':9}{'dev':>4}{'sect':>6}{'fields':>8}{'bytes':>9}"
    f"  {'rewritten':10}{'undecoded':>6}"
)


# Devices ----------------------------------------------------------------------------------


def _plugged(*devices: str, before: Sequence[str] = ()) -> Arguments:
    """Return the arguments that plug *devices* in, behind those that they need *before*."""
    return (*before, *(part for device in devices for part in ("-device", device)))


def _backends(*, drives: int = 0, chardevs: int = 0, audio: bool = False) -> Arguments:
    disks = (f"null-co,node-name=d{number},read-zeroes=on,size=1048576" for number in range(drives))
    return (
        *(part for disk in disks for part in ("-blockdev", disk)),
        *(part for number in range(chardevs) for part in ("-chardev", f"null,id=c{number}")),
        *(("-audiodev", "none,id=a") if audio else ()),
    )


def _virtio(suffix: str) -> tuple[str, ...]:
    """Return virtio devices of all classes; they need two drives and two chardevs."""
    return (
        f"virtio-blk-{suffix},drive=d0",
        f"virtio-net-{suffix}",
        f"virtio-scsi-{suffix},id=vs",
        "scsi-hd,bus=vs.0,drive=d1",
        f"virtio-serial-{suffix},id=vp",
        "virtserialport,bus=vp.0,chardev=c0",
        "virtconsole,bus=vp.0,chardev=c1",
        f"virtio-rng-{suffix}",
        f"virtio-balloon-{suffix}",
        f"virtio-keyboard-{suffix}",
        f"virtio-mouse-{suffix}",
        f"virtio-tablet-{suffix}",
        f"virtio-gpu-{suffix}",
    )


def _more_virtio(suffix: str) -> tuple[str, ...]:
    """Return more virtio devices, for boards that know no other; they need a third drive."""
    return (
        f"virtio-blk-{suffix},drive=d2,num-queues=3",
        f"virtio-net-{suffix},rss=on,guest_ufo=off",
        f"virtio-scsi-{suffix},num_queues=2",
        f"virtio-serial-{suffix},max_ports=40",
        f"virtio-rng-{suffix},max-bytes=512,period=2000",
        f"virtio-keyboard-{suffix}",
        f"virtio-tablet-{suffix}",
        f"virtio-net-{suffix},mac=52:54:00:00:00:01",
    )


_VIRTIO_NEEDS = _backends(drives=3, chardevs=2)
_MOST_VIRTIO = (*_virtio("pci"), "virtio-iommu-pci")

_PC = _plugged(
    *("e1000", "rtl8139", "ne2k_pci", "pcnet", "i82559er", "tulip", "vmxnet3"),
    *_MOST_VIRTIO,
    *("lsi53c895a,id=ls", "scsi-cd,bus=ls.0", "megasas", "mptsas1068", "pvscsi"),
    *("am53c974,id=am", "scsi-hd,bus=am.0,drive=d2"),
    *("piix3-usb-uhci,id=uh", "usb-tablet,bus=uh.0", "usb-hub,bus=uh.0"),
    *("usb-ehci,id=eh", "usb-storage,bus=eh.0,drive=d3"),
    *("pci-ohci,id=oh", "usb-kbd,bus=oh.0"),
    *("qemu-xhci,id=xh", "usb-mouse,bus=xh.0"),
    before=_backends(drives=4, chardevs=2),
)
_PC_OTHERS = _plugged(
    *("VGA", "bochs-display", "secondary-vga"),
    *("AC97,audiodev=a", "ES1370,audiodev=a", "intel-hda,id=hd", "hda-duplex,bus=hd.0,audiodev=a"),
    *("sdhci-pci,id=sd", "sd-card,bus=sd-bus,drive=d0"),
    *("pci-bridge,chassis_nr=1,id=br", "e1000e,bus=br,addr=2"),
    *("i6300esb", "pvpanic-pci", "vmcoreinfo", "vmgenid", "edu"),
    *("ipmi-bmc-sim,id=b0", "pci-ipmi-kcs,bmc=b0", "ipmi-bmc-sim,id=b1", "pci-ipmi-bt,bmc=b1"),
    *("pci-serial,chardev=c0", "tpci200,id=tp", "ipoctal232,bus=tp.0"),
    *("isa-serial,chardev=c1", "isa-parallel,chardev=c2", "ne2k_isa", "ib700", "pvpanic"),
    *("sb16,audiodev=a", "adlib,audiodev=a", "gus,audiodev=a", "cs4231a,audiodev=a"),
    *("isa-applesmc", "floppy,drive=d1"),
    before=_backends(drives=2, chardevs=3, audio=True),
)
_Q35 = _plugged(
    *("intel-iommu", "e1000e", "vmxnet3", "virtio-vga", "ati-vga"),
    *_virtio("pci"),
    *("ich9-ahci,id=ah", "ide-hd,bus=ah.0,drive=d2", "ide-cd,bus=ah.1"),
    *("qemu-xhci,id=xh", "usb-ccid,bus=xh.0", "usb-redir,bus=xh.0,chardev=c2"),
    *("usb-storage,bus=xh.0,drive=d3", "pvscsi"),
    *("ich9-intel-hda,id=hd", "hda-output,bus=hd.0,audiodev=a"),
    *("pcie-root-port,id=rp,chassis=1", "e1000e,bus=rp", "ioh3420,chassis=2,id=io"),
    *("x3130-upstream,id=up,bus=io", "xio3130-downstream,bus=up,id=dn,chassis=3"),
    *("pcie-pci-bridge,id=pb", "rtl8139,bus=pb,addr=1", "i82801b11-bridge,id=ib"),
    before=_backends(drives=4, chardevs=3, audio=True),
)
_ISA = _plugged(
    *("isa-vga", "isa-serial,chardev=c0", "isa-parallel,chardev=c1", "ne2k_isa", "ib700"),
    *("sb16,audiodev=a", "adlib,audiodev=a", "gus,audiodev=a", "cs4231a,audiodev=a"),
    *("isa-ide,id=id,irq=10,iobase=0x1e8,iobase2=0x3ee", "ide-hd,bus=id.0,drive=d0"),
    *("isa-applesmc", "pvpanic", "isa-serial,chardev=c2", "isa-serial,chardev=c3"),
    *("isa-parallel,chardev=c4", "ne2k_isa,iobase=0x320,irq=5", "ide-cd,bus=id.0,unit=1"),
    *("ipmi-bmc-sim,id=b0", "isa-ipmi-kcs,bmc=b0", "isa-serial,chardev=c5"),
    before=_backends(drives=1, chardevs=6, audio=True),
)
_PCI = _plugged(
    *_virtio("pci"),
    *("e1000", "pci-bridge,id=br,chassis_nr=1"),
    *("rtl8139,bus=br,addr=1", "pcnet,bus=br,addr=2", "ne2k_pci,bus=br,addr=3"),
    *("lsi53c895a,id=ls,bus=br,addr=4", "scsi-cd,bus=ls.0"),
    *("qemu-xhci,id=xh,bus=br,addr=5", "usb-kbd,bus=xh.0"),
    before=_VIRTIO_NEEDS,
)
_REMOTE = _plugged(*_virtio("pci"), *_more_virtio("pci"), before=_VIRTIO_NEEDS)
_MMIO = _plugged(*_virtio("device"), *_more_virtio("device"), before=_VIRTIO_NEEDS)
_CCW = _plugged(*_virtio("ccw"), *_more_virtio("ccw"), before=_VIRTIO_NEEDS)

#: Up to 2.2 a machine leaves its self-description out if it is not told otherwise.
_SHOWN = ",suppress-vmdesc=off"
#: What is plugged into a machine type of x86, by how its name begins.
_X86 = {
    "pc-i440fx-": _PC,
    "pc-q35-": _Q35,
    "isapc": _ISA,
    "microvm": _MMIO,
    "x-remote": _REMOTE,
}

#: Boards whose machine types are not asked for.
BOARDS = (
    Board("x86_64", "pc", "devices", _PC),
    Board("x86_64", "pc", "others", _PC_OTHERS),
    Board("x86_64", "q35", "devices", _Q35),
    Board("sparc64", "sun4u", memory_mb=64),
    Board("sparc", "SS-5", memory_mb=64),
)
OTHERS = tuple(
    Board(target, machine, label, arguments, memory_mb)
    for target, machine, memory_mb, plugged in (
        ("aarch64", "virt", 64, (*_PCI, *_plugged("virtio-iommu-pci"))),
        ("riscv64", "virt", 64, _PCI),
        ("s390x", "s390-ccw-virtio", 64, _CCW),
        ("ppc64", "pseries", 256, _PCI),
        ("mips", "malta", 64, _PCI),
        ("mips64el", "malta", 64, _PCI),
        ("m68k", "virt", 64, _MMIO),
    )
    for label, arguments in (("bare", ()), ("devices", plugged))
)


# Measuring --------------------------------------------------------------------------------


def machine_types(binary: Binary) -> list[str]:
    """Return every machine type of *binary*, by name."""
    done = subprocess.run(
        [binary.path, "-M", "help"],
        capture_output=True,
        text=True,
        timeout=_LIST_DEADLINE_S,
        check=True,
    )
    return sorted(line.split()[0] for line in done.stdout.splitlines()[1:] if line.strip())


def all_boards(binaries: Sequence[Binary]) -> Iterator[tuple[Binary, Board]]:
    """Yield every board of the table that one of *binaries* can be."""
    for binary in binaries:
        if binary.target == "x86_64":
            for machine in machine_types(binary):
                yield binary, Board("x86_64", machine + _SHOWN)
                for start, plugged in _X86.items():
                    if machine.startswith(start):
                        yield binary, Board("x86_64", machine + _SHOWN, "devices", plugged)
        for board in (*BOARDS, *OTHERS):
            if board.target == binary.target:
                yield binary, board


def measured(binary: Binary, board: Board) -> Row:
    """Start *board*, save its state, and return what was found of it."""
    machine = Machine(binary.path, board.machine, board.arguments, board.memory_mb)
    try:
        with closing(Session(machine, DEADLINE_S)) as session:
            data = session.migration_stream("measuring it")
    except LaunchError as error:
        return Row(board, refused=f"does not start: {_said(error.log_tail)}")
    except SaveError as error:
        return Row(board, refused=f"can't be saved: {error}")
    except DiedError as error:
        return Row(board, refused=f"dies while it is saved: {error}")
    return row_of(board, data)


def row_of(board: Board, data: bytes) -> Row:
    """Return what is found of *board* in its stream."""
    vmdesc, end = find_vmdesc(data)
    reader = reader_for(vmdesc)
    events = [*reader.feed(data), *reader.finish()]
    stream = joined(events, vmdesc, end)
    sections = decode_stream(stream)
    return Row(
        board,
        sections=len(sections),
        fields=sum(len(section.fields) for section in sections),
        size=sum(len(section.body) for section in stream.sections),
        is_same=b"".join(write_events(events)) == data,
        undecoded=undecoded(sections),
    )


def undecoded(sections: Sequence[DecodedSection]) -> Counter[tuple[str, str]]:
    """Return the bytes that mean nothing, by description (or idstr) and type."""
    found: Counter[tuple[str, str]] = Counter()
    for section in sections:
        for one in section.fields:
            if not one.is_decoded:
                found[section.description or section.idstr, one.type] += len(one.data)
    return found


def complaints(rows: Sequence[Row]) -> list[str]:
    """Return what is wrong with a whole table, a sentence each."""
    found: Counter[tuple[str, str]] = Counter()
    for row in rows:
        found.update(row.undecoded)
    wrong = [f"{row.board.name}: what was read is not written alike" for row in rows if _bad(row)]
    wrong += [
        f"{description}: {size} bytes of type {kind!r} mean nothing, and no reason is given"
        for (description, kind), size in sorted(found.items())
        if (description, kind) not in UNDECODED
    ]
    refused = {row.board.name: row.refused for row in rows if row.refused}
    wrong += [f"{name}: {why}" for name, why in refused.items() if name not in REFUSED]
    wrong += [f"{name}: it is not refused" for name in REFUSED if name not in refused]
    wrong += [
        f"{description}: the reason for {kind!r} is no longer needed"
        for description, kind in UNDECODED
        if not found[description, kind]
    ]
    return wrong


def _bad(row: Row) -> bool:
    return not row.refused and not row.is_same


def _said(log: str) -> str:
    """Return the last line of what a QEMU said, without its name."""
    lines = [line for line in log.strip().splitlines() if line.strip()]
    return lines[-1].partition(": ")[2] if lines else "it says nothing"


def main(show: Callable[[str], object] = print) -> int:
    """Show the table of all that is found; return 1 if something is wrong with it."""
    show(HEADER)
    rows = []
    for binary, board in all_boards(find()):
        row = measured(binary, board)
        rows.append(row)
        show(str(row))
    wrong = complaints(rows)
    for (description, kind), why in UNDECODED.items():
        show(f"not decoded: {kind} of {description}: {why}")
    for name, why in REFUSED.items():
        show(f"no state: {name}: {why}")
    for sentence in wrong:
        show(f"WRONG: {sentence}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
