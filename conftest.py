"""What the project's own tests share: pytester, and Hypothesis without surprises."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# With CI set, Hypothesis loads a profile that later ones would inherit from.
for name, examples in (
    # Thousands of properties, run on every change: each is asked a little.
    ("house", 20),
    # `--hypothesis-profile=thorough`: for nights, and for whoever changes the engine.
    ("thorough", 300),
):
    settings.register_profile(
        name,
        parent=settings.get_profile("default"),
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile("house")
