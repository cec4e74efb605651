"""Two releases of a fake guest, of which each loads what the other saved."""

from harness.errors import LoadError
from harness.testing.fake_guest import FakeGuest


class CrossingFake(FakeGuest):
    """A fake guest that begins as *script* says, and goes on as *other* says once loaded."""

    restarts_quickly = True
    loader = "Fake 2.0"

    def __init__(self, script, other):
        self._releases = (script, other)
        self._turn = 0
        self._refusals = []
        self._savers = {}
        self.twins = ()
        super().__init__(script)
        self.crossing = self

    def _start(self, *, bare):
        self._be(0)
        super()._start(bare=bare)

    def _be(self, turn):
        self._turn = turn
        self.script = self._releases[turn]
        self._registers = {one.address: one for one in self.script.registers}

    def save(self, tag):
        super().save(tag)
        self._savers[tag] = self._turn

    def load(self, tag):
        self._be(self._savers.get(tag, self._turn))
        super().load(tag)

    def reload(self, tag):
        saver = self._savers[tag]
        self._be(1 - saver)
        self._values = {one.address: one.value for one in self.script.registers}
        FakeGuest.load(self, tag)

    def state(self):
        return self.told(self._values) if self._turn else super().state()

    def told(self, values):
        """What the release that it began with makes of *values*; empty where it refuses them."""
        home = FakeGuest(self._releases[0])
        try:
            home._raise_for(home.script.load_errors, values)
        except LoadError as error:
            self._refusals.append(str(error))
            return b""
        for address, register in home._registers.items():
            if register.is_saved:
                home._values[address] = values[address] & register.loads
        return home.state()

    def refusals(self):
        refusals, self._refusals = tuple(self._refusals), []
        return refusals

    def uninterrupted(self):
        if not self.twins:
            self.twins = (FakeGuest(self._releases[0]), Abroad(self._releases[1], self))
        return self.twins


class Abroad(FakeGuest):
    """The other release by itself."""

    def __init__(self, script, home):
        self._home = home
        super().__init__(script, version="Fake 2.0")

    def state(self):
        return self._home.told(self._values)
