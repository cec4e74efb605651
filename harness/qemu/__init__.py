"""A real QEMU as a guest: the binary, its process, its two channels and its map.

Nothing outside this package knows how QEMU is started or spoken to; the engine sees
:class:`~harness.qemu.guest.QemuGuest` through the ``Guest`` protocol only.
"""
