"""One seed gives the same draw whatever modules the process has imported."""

import subprocess
import sys
from pathlib import Path

from hypothesis.internal.conjecture import providers

from harness.determinism import no_local_constants

DRAW = """
import sys
sys.path[:0] = [{path!r}]
{before}
from harness.guests import ModelGuest
from harness.round import Questions, Round
from harness.strategies import Vocabulary, traces
drawn = []
with ModelGuest("pc") as guest:
    owner = guest.map.owners[0]
    vocabulary = Vocabulary.of_owner(guest.map, owner, has_clock=True, hazard=guest.hazard)
    questions = Questions(
        hunt=lambda trace: drawn.append(str(trace)),
        confirm=lambda trace, pin: False,
        still_fails=lambda trace, pin: False,
        is_over=lambda: False,
    )
    Round(traces(vocabulary), questions, seed=7, traces=60).run()
print("".join(drawn))
"""


def draw(path: Path, before: str) -> str:
    script = DRAW.format(path=str(path), before=before)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


def test_a_module_full_of_constants_changes_nothing(tmp_path):
    numbers = ", ".join(str(number) for number in range(0, 256, 3))
    (tmp_path / "full_of_constants.py").write_text(f"NUMBERS = [{numbers}]\n", "utf-8")
    plain = draw(tmp_path, "")
    assert plain.count("\n") > 60
    assert draw(tmp_path, "import full_of_constants") == plain


def test_hypothesis_is_as_it_was_afterwards():
    kept = providers._get_local_constants, providers.CONSTANTS_CACHE
    with no_local_constants():
        assert providers._get_local_constants is not kept[0]
        assert providers.CONSTANTS_CACHE is not kept[1]
    assert (providers._get_local_constants, providers.CONSTANTS_CACHE) == kept
