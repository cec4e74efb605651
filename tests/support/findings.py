"""Findings and options ready made, for tests that only pass them on."""

from pathlib import Path

from harness.budget import Budget
from harness.difference import RegisterPlace
from harness.finding import Culprit, Finding
from harness.options import Options
from harness.oracles import ORACLES
from harness.profiles import PROFILES
from harness.regions import Owner, Register
from harness.trace import Trace

DMA = Owner("i8257", "/machine/unattached/device[4]", "dma", 0)
STATUS = Register(DMA, "dma-cont", 0)


def make_finding(**changes):
    """A finding about the status register of a DMA controller."""
    values = {
        "oracle": "future",
        "kind": "state lost",
        "culprit": Culprit(owner=DMA, region="dma-cont", offset=0, bits=0xF0),
        "sightings": (RegisterPlace(STATUS, 0xF0),),
        "guest": "qemu:pc",
        "version": "QEMU 7.2.22",
        "trace": Trace.parse("outb 0x9 0x4\ncycle\ninb 0x8"),
        "actions": ("write i8257 dma-cont+0x1", "save, reset all devices, load", "read it"),
        "command": "inb 0x8",
        "expected": "0x10",
        "seen": "0x00",
        "hits": 3,
        "runs": 3,
        "is_minimal": True,
        "jobs": ("qemu:pc::i8257",),
    }
    return Finding(**(values | changes))


def make_options(corpus: Path, **changes):
    """Options of a quick campaign on the model."""
    values = {
        "fuzz": True,
        "replay": None,
        "guests": ("model:pc",),
        "qemus": (),
        "devices": (),
        "oracles": ORACLES,
        "budget": Budget.parse("60cycles"),
        "profile_name": "quick",
        "profile": PROFILES["quick"],
        "seed": 0,
        "corpus": corpus,
        "report": None,
    }
    return Options(**(values | changes))
