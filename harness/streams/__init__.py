"""Streams in files and pipes: opened, read piece by piece, shown, compared, written.

What a stream means is known in :mod:`vmstate.stream`; here is the way to and from disks,
pipes and people.
"""
