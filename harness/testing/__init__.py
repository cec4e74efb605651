"""For tests, ours and users': a guest that behaves as scripted, and what each guest must pass."""

from harness.testing.conformance import check_guest
from harness.testing.fake_guest import FakeGuest
from harness.testing.script import FakeRegister, Script

__all__ = ["FakeGuest", "FakeRegister", "Script", "check_guest"]
