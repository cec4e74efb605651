"""A QEMU whose virtual time can be stepped, where there is one.

Debian's 7.2 package has none of its own name, but beside it a ``microvm`` that has.
"""

from pathlib import Path

from harness.qemu.binaries import Binary, find_one, probe
from harness.qemu.found import has_qtest_accelerator

#: A machine that each of them has.
MACHINE = "q35"


def stepping_binary() -> Binary:
    """Return it.

    Raises:
        LookupError: neither the QEMU that is used nor its ``microvm`` has the accelerator.
    """
    usual = find_one().path
    for path in (usual, Path(f"{usual}-microvm")):
        if path.exists() and has_qtest_accelerator(path):
            return probe(path)
    raise LookupError(f"neither {usual} nor its microvm has the accelerator qtest")
