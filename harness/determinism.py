"""Determinism: what Hypothesis draws must depend on the seed alone.

Hypothesis mixes constants that it finds in the source of the process's own modules into
what it draws.  Which modules those are depends on how we were installed and on what else
has been imported, so one seed would give other traces in another process.  There is no
setting against it; hence this one place that reaches into its internals.  The test beside
it fails if a release of Hypothesis moves them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

#: Constants worked out while no module's are taken; kept apart from Hypothesis's own.
_CACHE = type(providers.CONSTANTS_CACHE)(1024)


@contextmanager
def no_local_constants() -> Iterator[None]:
    """Let Hypothesis draw as if no module of the process had any constants."""
    kept = providers._get_local_constants, providers.CONSTANTS_CACHE  # noqa: SLF001 (see above)
    providers._get_local_constants = Constants  # noqa: SLF001 (see above)
    providers.CONSTANTS_CACHE = _CACHE
    try:
        yield
    finally:
        providers._get_local_constants, providers.CONSTANTS_CACHE = kept  # noqa: SLF001 (see above)
