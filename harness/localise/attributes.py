"""Attributes: which of a model's live attributes a reload changed, described or not."""

from __future__ import annotations

from collections.abc import Mapping

from harness.fields import Plain


def changed_attributes(before: Plain, after: Plain) -> list[str]:
    """Walk two plain objects together and return the paths of what differs, in order.

    Bytes are compared as whole values; an attribute that only one side has counts.
    """
    return list(_walk(before, after, ""))


def _walk(before: Plain, after: Plain, path: str) -> list[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = [*before, *(name for name in after if name not in before)]
        return [
            found
            for name in names
            for found in _walk(
                before.get(name), after.get(name), f"{path}.{name}" if path else name
            )
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            found
            for index, (mine, theirs) in enumerate(zip(before, after, strict=True))
            for found in _walk(mine, theirs, f"{path}[{index}]")
        ]
    return [] if before == after else [path]
