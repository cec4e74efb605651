"""A survey: what a machine looks like at power-on, found out once.

Runs a throw-away process of the machine, for the migration that lists its sections makes
the process unusable.  The result is kept for the life of this process, since the same
binary and arguments always give the same machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from harness.command import Command
from harness.errors import (
    DeadlineError,
    DiedError,
    LaunchError,
    SaveError,
    UnreadableError,
)
from harness.guest import Plugged
from harness.qemu import mtree, owners, qtest
from harness.qemu.argv import Machine
from harness.qemu.binaries import described_by, dump_vmstate
from harness.qemu.byteorder import COMMAND as ORDER_COMMAND
from harness.qemu.byteorder import (
    Orders,
    memory_order,
    port_order,
    port_questions,
    spelt,
    understood,
)
from harness.qemu.discovery.recipe import IDENTITY
from harness.qemu.hazards import REGIONS, is_hazardous
from harness.qemu.pci.firmware import Firmware, boot
from harness.qemu.pci.function import Function
from harness.qemu.pci.host import COMMAND as HOST_COMMAND
from harness.qemu.pci.host import Host, find_hosts
from harness.qemu.pci.pages import named, with_pages
from harness.qemu.pci.places import places_in, roots_in
from harness.qemu.plugged import PATH as DUT
from harness.qemu.plugged import Inventory, arena_in, claimed, plugged
from harness.qemu.session import Session
from harness.regions import ARENA, Region, RegionMap
from vmstate import VMStateDescription
from vmstate.dump import always_sent
from vmstate.errors import StreamError
from vmstate.stream import read_stream

#: QOM type whose inputs are watched where a machine has one: every interrupt of an x86
#: board arrives there.  Only one device can be watched.
INTERRUPT_CONTROLLER = "ioapic"

#: After so many regions that end QEMU no more are looked for.
_MOST_DEADLY = 16

#: QOM type of a memory region.
_REGION = "memory-region"


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known about a machine.

    Attributes:
        whole_map: all its registers.
        safe_map: without those that must not be touched, or behind which nothing is kept.
        intercept: QOM path of the device whose interrupt inputs are watched; empty for none.
        boot: what a firmware does, by function: the map holds once that is done.
        functions: the functions of PCI devices that it has.
        plugged: the device that was plugged in to be tested; None if none was.
        promised: paths of the fields that are always sent, by section.
        restless: inputs of that device that a reset moves by itself: nothing can be told by them.
        sections: name (idstr) and instance id of every section that it sends.
        deadly: its registers that only a CPU can reach: QEMU ends of it, as a rule.
    """

    whole_map: RegionMap
    safe_map: RegionMap
    intercept: str
    sections: tuple[tuple[str, int], ...] = ()
    boot: tuple[tuple[Command, ...], ...] = ()
    functions: tuple[Function, ...] = ()
    plugged: Plugged | None = None
    promised: Mapping[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    restless: frozenset[int] = frozenset()
    deadly: RegionMap = field(default_factory=lambda: RegionMap(()))


def survey(machine: Machine, deadline_s: float) -> Survey:
    """Return what is known about *machine*; start it to find out if this is the first time.

    Raises:
        LaunchError: it did not start.
        ConfigError: the binary can't list its descriptions.
        GuestError: it died or did not answer.
        UnreadableError: it sent a state that can't be read.
    """
    # A binary that has been rebuilt in place is another one.
    changed_ns = machine.binary.stat().st_mtime_ns
    try:
        return _survey(machine, changed_ns, deadline_s)
    except (DiedError, LaunchError) as error:
        if not error.was_killed:
            raise
        # Somebody else ended it, for want of memory as a rule.
        return _survey(machine, changed_ns, deadline_s)


@lru_cache(maxsize=64)
def _survey(machine: Machine, _mtime_ns: int, deadline_s: float) -> Survey:
    session = Session(machine, deadline_s)
    try:
        types = owners.parse_qom_tree(session.hmp(owners.QOM_TREE, "reading the QOM tree"))
        controller = next(iter(owners.paths_of(types, INTERRUPT_CONTROLLER)), "")
        restless = _restless(session, controller)
        orders = _orders(session)
        firmwares = _boot(session, orders)
        setup = tuple(group for _, firmware in firmwares for group in firmware.setup)
        tree = session.hmp(mtree.COMMAND, "reading the memory tree")
        ranges = mtree.parse(tree)
        addresses = {
            path: value
            for path, type_ in types.items()
            # A region has an address too, which is no device's number.
            if type_ != _REGION and isinstance(value := session.qom_get(path, "addr"), int)
        }
        functions_at = list(places_in(session.pci_buses())) if firmwares else []
        places = owners.realised(session.qom_get)
        host = _host(session) if DUT in types else ""
        sections = _sections(session)

        def again() -> Session:
            another = Session(machine, deadline_s)
            lines = [str(one) for group in setup for one in group]
            another.exchange(lines, "mapping PCI functions")
            return another

        tried = [one for one in ranges if one.name.partition("@")[0] not in REGIONS]
        deadly = _deadly(session, again, tried)
    finally:
        session.close()
    dump = dump_vmstate(machine.binary)
    known = owners.Owners(
        types,
        owners.parse_dump(dump),
        sections,
        addresses.get,
        places,
    )
    regions = tuple(
        Region(r.space, r.start, r.size, r.name, r.offset, known.of(r.owner_path, r.name))
        for r in ranges
    )

    def bare() -> Survey:
        return survey(replace(machine, devices=()), deadline_s)

    behind = [
        (firmware.access, named(firmware.functions, functions_at, addresses, types, host.path))
        for host, firmware in firmwares
    ]
    functions = tuple(one for _, found in behind for one in found)
    if DUT in types:
        placed = [(one, known.of(one.path)) for one in functions if one.path]
        regions = claimed(regions, lambda: bare().whole_map.regions, known.of(DUT), placed)
    for access, found in behind:
        regions = with_pages(regions, access, found, known.of, orders)
    # Memory that was brought with the device is not kept as the machine's own is: virtio-mem
    # sends no block that is not plugged.
    arena = arena_in(mtree.parse_ram(tree, apart_from=f"{IDENTITY}-"))
    if arena and DUT in types:
        # What a device under test brings into memory counts as its own.
        dut = known.of(DUT)
        regions += (Region("memory", arena.base, arena.size, ARENA, 0, dut),)
    ends = {(one.space, one.start) for one in deadly}
    ends |= {(one.space, one.start) for one in regions if owners.is_cpu(one.owner)}
    safe_map = RegionMap(
        tuple(
            region
            for region in regions
            if not is_hazardous(region)
            and not owners.is_hollow(region)
            and (region.space, region.start) not in ends
        ),
        orders,
    )

    def added() -> set[tuple[str, int]]:
        with_it = {(section.idstr, section.instance_id) for section in sections}
        return with_it - {*bare().sections}

    return Survey(
        RegionMap(regions, orders),
        safe_map,
        controller,
        tuple((section.idstr, section.instance_id) for section in sections),
        setup,
        functions,
        plugged(
            Inventory(
                types=types,
                regions=tuple(one for one in safe_map.regions if one.name != ARENA),
                homes=known.sections,
                functions=functions,
                arena=arena,
                orders=orders,
                host=host,
            ),
            added,
        ),
        _promised(types, known.sections, described_by(machine.binary).descriptions),
        restless,
        RegionMap(tuple(one for one in regions if (one.space, one.start) in ends)),
    )


#: Types of buses whose devices the machine's own addresses reach.
#: Source: QEMU 7.2 include/hw/isa/isa.h, hw/pci/pci.h, hw/core/sysbus.c.
_ADDRESSED = frozenset({"ISA", "PCI", "PCIE", "CXL", "System"})


def _host(session: Session) -> str:
    """Return the path of the device on whose bus the device under test sits; empty for none.

    On a bus on which devices have addresses of their own it is not seen through another.
    """
    bus = session.qom_get(DUT, "parent_bus")
    path = bus.rpartition("/")[0] if isinstance(bus, str) else ""
    if path.startswith(DUT) or session.qom_get(str(bus), "type") in _ADDRESSED:
        return ""
    return path


def _orders(session: Session) -> Orders:
    """Return the byte order of commands, as the guest itself shows it."""
    (answer,) = session.exchange([ORDER_COMMAND], "asking for the byte order")
    if memory_order(answer) == "little":
        return {}
    ranges = mtree.parse(session.hmp(mtree.COMMAND, "looking for ports"))
    ports = [
        port
        for one in ranges
        if one.space == "io" and one.name not in REGIONS
        for port in range(one.start, one.start + one.size - 1)
    ]
    return {"memory": "big", "io": port_order(_answers(session, port_questions(ports), {}))}


def _answers(session: Session, commands: Sequence[Command], orders: Orders) -> list[int]:
    """Return what each of *commands* answers, 0 for one that has no answer."""
    lines = [str(spelt(command, orders)) for command in commands]
    answers = session.exchange(lines, "looking at registers")
    return [
        understood(command, qtest.value(command, answer) or 0, orders) if command.is_read else 0
        for command, answer in zip(commands, answers, strict=True)
    ]


def _restless(session: Session, controller: str) -> frozenset[int]:
    """Return the inputs of the interrupt controller that a reset of an idle machine moves.

    They are driven by what resets, whatever the state is, and loading does not drive them back.
    The first of a PC has two drivers: the timer, and with every change of an interrupt line
    the router of a PCI bus, whose lines lead nowhere before a firmware has run.

    Source: QEMU 7.2 hw/timer/i8254.c, pit_reset; hw/isa/lpc_ich9.c, ich9_set_irq.
    """
    if not controller:
        return frozenset()
    lines = [f"irq_intercept_in {controller}", qtest.BARRIER]
    session.exchange(lines, "intercepting interrupts")
    session.reset("reset")
    [answer] = session.exchange([qtest.BARRIER], "looking at interrupts after a reset")
    return frozenset(number for number, _ in answer.moves)


def _boot(session: Session, orders: Orders) -> list[tuple[Host, Firmware]]:
    """Do what a firmware does; return the host bridges and what was found behind each."""
    hosts = find_hosts(session.hmp(HOST_COMMAND, "looking for PCI"))
    roots = set(roots_in(session.pci_buses())) if hosts else set()
    booted = []
    for host in hosts:
        found = boot(host, lambda commands: _answers(session, commands, orders), roots)
        setup = tuple(tuple(spelt(one, orders) for one in group) for group in found.setup)
        booted.append((host, replace(found, setup=setup)))
    return booted


def _deadly(
    session: Session, again: Callable[[], Session], ranges: Iterable[mtree.Range]
) -> set[mtree.Range]:
    """Return those of *ranges* whose first register can't be read.

    Handlers of registers that each CPU has for itself look at the CPU that reads, and there is
    none: QEMU crashes.  That is no migration bug, and which boards are so depends on how many
    CPUs they have, so it is tried.

    Args:
        session: on which it is tried first; it may have ended.
        again: starts another one, and maps what the first has mapped.
        ranges: of registers.
    """
    deadly: set[mtree.Range] = set()
    current = session
    try:
        for one in (None, *ranges):
            if len(deadly) == _MOST_DEADLY:
                break
            reads = [ORDER_COMMAND] if one is None else _first_reads(one)
            try:
                current.exchange(reads, "looking at registers")
            except (DiedError, DeadlineError) as error:
                if error.was_killed:
                    raise
                deadly |= {one} if one else set()
                current.close()
                current = again()
    finally:
        current.close()
    return deadly


def _first_reads(region: mtree.Range) -> list[str]:
    """Return reads of a region's first register: some registers take no narrow access."""
    verbs = {"inb": 1, "inl": 4} if region.space == "io" else {"readb": 1, "readl": 4}
    return [f"{verb} {region.start:#x}" for verb, size in verbs.items() if size <= region.size]


def _promised(
    types: Mapping[str, str],
    homes: Mapping[str, tuple[str, int]],
    descriptions: Mapping[str, VMStateDescription],
) -> dict[tuple[str, int], frozenset[str]]:
    """Return the paths of the fields that each section always has."""
    return {
        home: always_sent(descriptions[types[path]])
        for path, home in homes.items()
        if types[path] in descriptions
    }


def _sections(session: Session) -> list[owners.SectionName]:
    """Return the sections that the machine sends.

    None where it can't be saved, or dies of it: that is a finding, for whoever asks the guest
    to save, and not a reason to know nothing about the machine.

    Raises:
        UnreadableError: nobody can read what it sends.
        GuestError: somebody else ended it.
    """
    try:
        stream = read_stream(session.migration_stream("listing the sections"))
    except (SaveError, DiedError, DeadlineError) as error:
        if error.was_killed:
            raise
        return []
    except StreamError as error:
        raise UnreadableError(str(error)) from error
    return [owners.SectionName(section.idstr, section.instance_id) for section in stream.sections]
