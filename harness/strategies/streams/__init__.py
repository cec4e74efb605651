"""Strategies of migration streams: mutations that know what they change, and plain damage.

::

    stream --anatomy_of--> Anatomy --mutations--> Mutation --applied--> another stream
"""

from harness.strategies.streams.anatomy import Anatomy, anatomy_of
from harness.strategies.streams.edit import Edit, Mutation, applied
from harness.strategies.streams.mutations import KINDS, mutated_streams, mutations

__all__ = [
    "KINDS",
    "Anatomy",
    "Edit",
    "Mutation",
    "anatomy_of",
    "applied",
    "mutated_streams",
    "mutations",
]
