"""What the environment sets: the only room that reads its variables. Each stands for the flag of its name."""

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


def given() -> dict[str, str]:
    """The settings that the environment gives, by flag; an empty variable gives none."""
    return {flag: value for flag, variable in VARIABLES.items() if (value := os.environ.get(variable))}
