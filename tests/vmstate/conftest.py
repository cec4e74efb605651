"""What the tests of the language share: each engine in turn."""

import pytest

from tests.support.chips import Engine
from tests.support.engines import ENGINES


@pytest.fixture(scope="session", params=ENGINES.values(), ids=ENGINES)
def engine(request):
    """One of the engines; what holds of one holds of all."""
    return Engine(request.param)
