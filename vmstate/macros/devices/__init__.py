"""The ``VMSTATE_*`` macros that QEMU defines beside its devices, one family a module.

They are imported from their module, since some names stand for different bytes in different
families: ``GPE_ARRAY`` of ich9 and piix4, ``FPR_ARRAY`` of mips and ppc, and ``UINTTL`` of
CPUs with 32 and 64 bits.  A module also has the nested descriptions that its macros stand
for, under their names in C.

Those descriptions leave out hooks that carry nothing over the wire: checks of what was
loaded, and whatever starts timers, lines and memory again.  What decides which bytes are
sent (``needed`` and tests of fields) is there.
"""
