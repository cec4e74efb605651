"""Guests: the machines that can be driven, and how one is made from its spec."""

from harness.guests.model import ModelGuest

__all__ = ["ModelGuest"]
