"""The compiler: descriptions as specialised Python functions, equal to the interpreter."""

from vmstate.compiler.compiled import Compiled

__all__ = ["Compiled"]
