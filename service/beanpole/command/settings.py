"""The `BEANPOLE_…` variables, each the default of a flag; no other module reads the process environment."""

import os
from difflib import get_close_matches

VARIABLES = {
    "host": "BEANPOLE_HOST",
    "port": "BEANPOLE_PORT",
    "redis": "BEANPOLE_REDIS_URL",
    "data": "BEANPOLE_DATA",
    "clock": "BEANPOLE_CLOCK",
    "speed": "BEANPOLE_SPEED",
    "seed": "BEANPOLE_SEED",
    "control_token": "BEANPOLE_CONTROL_TOKEN",
    "catalog": "BEANPOLE_CATALOG",
    "object_store": "BEANPOLE_OBJECT_STORE",
    "companions": "BEANPOLE_COMPANION",
    "queues": "BEANPOLE_QUEUES",
    "commands": "BEANPOLE_COMMANDS",
    "requires_profile": "BEANPOLE_REQUIRE_INSTANCE_PROFILE",
    "faults": "BEANPOLE_FAULTS",
    "allowed_hosts": "BEANPOLE_ALLOWED_HOSTS",
    "open_control": "BEANPOLE_OPEN_CONTROL",
    "no_journal": "BEANPOLE_NO_JOURNAL",
    "tls_cert": "BEANPOLE_TLS_CERT",
    "tls_key": "BEANPOLE_TLS_KEY",
    "tls_self_signed": "BEANPOLE_TLS_SELF_SIGNED",
    "verify_signatures": "BEANPOLE_VERIFY_SIGNATURES",
    "access_keys": "BEANPOLE_ACCESS_KEYS",
    "url": "BEANPOLE_URL",
    "account": "BEANPOLE_ACCOUNT",
    "region": "BEANPOLE_REGION",
}


CA_BUNDLE = "AWS_CA_BUNDLE"  # of AWS's own clients: the file with the certificates that they trust


def ca_bundle() -> str | None:
    """The file with the certificates that the user's clients trust."""
    return os.environ.get(CA_BUNDLE) or None


SEVERAL = (
    "allowed_hosts",
    "companions",
)  # flags that may be given more than once; commas part what their variables hold


def from_environment() -> dict[str, str | list[str]]:
    """The values of the variables that are set and not empty, by flag."""
    values = {flag: value for flag, variable in VARIABLES.items() if (value := os.environ.get(variable))}
    return {flag: value.replace(",", " ").split() if flag in SEVERAL else value for flag, value in values.items()}


def unknown() -> dict[str, str]:
    """Variables that look like settings, but are not, each with the setting of a similar name, or an empty text.

    The command only warns of them, since Kubernetes sets variables such as BEANPOLE_SERVICE_HOST by itself.
    """
    names = VARIABLES.values()
    strangers = (name for name in sorted(os.environ) if name.startswith("BEANPOLE_") and name not in names)
    return {name: next(iter(get_close_matches(name, names, 1)), "") for name in strangers}


def environment_without(*flags: str) -> dict[str, str]:
    """The process environment for a child process, without the variables of some flags."""
    variables = {VARIABLES[flag] for flag in flags}
    return {name: value for name, value in os.environ.items() if name not in variables}
