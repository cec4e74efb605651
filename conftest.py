"""What the project's own tests share: pytester, and Hypothesis without surprises."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# With CI set, Hypothesis loads a profile that later ones would inherit from.
settings.register_profile(
    "house",
    parent=settings.get_profile("default"),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
