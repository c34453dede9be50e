"""The `BEANPOLE_…` variables, each the default of a flag; no other module reads the process environment."""

import os

VARIABLES = {
    "host": "BEANPOLE_HOST",
    "port": "BEANPOLE_PORT",
    "redis": "BEANPOLE_REDIS_URL",
    "clock": "BEANPOLE_CLOCK",
    "speed": "BEANPOLE_SPEED",
    "seed": "BEANPOLE_SEED",
    "control_token": "BEANPOLE_CONTROL_TOKEN",
    "catalog": "BEANPOLE_CATALOG",
    "object_store": "BEANPOLE_OBJECT_STORE",
    "faults": "BEANPOLE_FAULTS",
    "url": "BEANPOLE_URL",
    "account": "BEANPOLE_ACCOUNT",
    "region": "BEANPOLE_REGION",
}


def from_environment() -> dict[str, str]:
    """The values of the variables that are set and not empty, by flag."""
    return {flag: value for flag, variable in VARIABLES.items() if (value := os.environ.get(variable))}
