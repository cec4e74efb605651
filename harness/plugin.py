"""The pytest plugin: options in, items out, reports at the end.

Hooks only; what they do is elsewhere.  Heavy imports are inside, so that a pytest run that
does not ask for us pays nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.options import add_options

if TYPE_CHECKING:
    from harness.session import VmstateSession

_SESSION: pytest.StashKey[VmstateSession] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Read and check the options; take the place of the tests on disk if none is named."""
    from harness.errors import HarnessError
    from harness.options import read_options

    try:
        options = read_options(config)
        if not options.is_active:
            return
        from harness.session import VmstateSession

        session = VmstateSession(config, options)
    except HarnessError as err:
        raise pytest.UsageError(str(err)) from err
    config.stash[_SESSION] = session
    if getattr(config.option, "maxschedchunk", 0) is None:
        # A job is long: of workers that take many at once, one is still at it when all is done.
        config.option.maxschedchunk = 1
    config.pluginmanager.register(session, "vmstate-session")
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = []
