"""The chips of an IBM PC and the machine that is made of them: one chip, one module."""
