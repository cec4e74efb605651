"""Rules: known issues and legitimate differences of stock QEMUs, as data.

A rule is a case of the corpus with a reason in ``legitimate``: it masks what it names, and
since it carries a trace it can be replayed like any other case.  A rule that no longer
fails as it says is an error.
"""

from pathlib import Path

#: The folder of the rules that ship with the tool.
RULES = Path(__file__).parent
