"""What a client process is told of the world: credentials of the tests' own, and none of the machine's settings."""

import os

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "123456789012",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
}


def environment(**more: str) -> dict[str, str]:
    """The environment of a client, with none of the machine's AWS settings or proxies."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("AWS_", "BEANPOLE_")) and not name.lower().endswith("_proxy")
    }
    return variables | CREDENTIALS | more
