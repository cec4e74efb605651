"""The ``vmstate`` command: what one wants of the tool outside pytest.

Exit status: 0 clean, 1 found, 2 could not run.
"""

from harness.cli.main import main

__all__ = ["main"]
