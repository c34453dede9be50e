"""How many examples a property is tried with: each test says its number for `ci`, the profile scales it.

`house` is the everyday run, `ci` the one before a merge, `hunt` looks for counterexamples as long as it takes:
`pytest --hypothesis-profile hunt`.
"""

from typing import Any

from hypothesis import HealthCheck, settings

CI = 100  # examples of a test that says nothing, in the profile `ci`
FEWEST = 5  # examples that even a quick profile tries
PROFILES = {"house": 20, "ci": CI, "hunt": 30 * CI}


def register() -> None:
    """Make the profiles known to hypothesis, and `house` the one that applies unless another is asked for."""
    for name, number in PROFILES.items():
        settings.register_profile(
            name,
            max_examples=number,
            deadline=None,  # a slow machine is no failure of a law
            suppress_health_check=[HealthCheck.too_slow],
        )
    settings.load_profile("house")


def examples(ci: int = CI, one_world: bool = False, **more: Any) -> settings:
    """Settings with so many examples in `ci`, and in proportion in the other profiles.

    `one_world`: all examples of the test share the world that a fixture made.
    """
    number = max(FEWEST, ci * PROFILES[settings.get_current_profile_name()] // CI)
    shared = [HealthCheck.function_scoped_fixture] if one_world else []
    return settings(max_examples=number, suppress_health_check=[HealthCheck.too_slow, *shared], **more)


def hunting() -> bool:
    """Whether the run looks for what no run has seen; otherwise some tests draw the same examples each time."""
    return settings.get_current_profile_name() == "hunt"
