"""Source: descriptions as Python source that evaluates to them.

``source_of`` writes a module: imports, then one constant for each description, what is
nested before what it is in.  Fields are macro calls where one gives exactly the field, else
``Field(...)``.
"""

from vmstate.source.printer import constant_name, source_of

__all__ = ["constant_name", "source_of"]
