"""Reproducers: scripts that show a finding with QEMU and Python's standard library only."""

from harness.corpus.reproducer.script import Launch, reproducer

__all__ = ["Launch", "reproducer"]
