"""boto3 clients whose requests a world answers in this process."""

from functools import cache
from typing import Any

import pytest


@cache
def session() -> Any:
    """The one session of all worlds: reading the model of the service takes longer than everything else."""
    try:
        import botocore.session  # type: ignore[import-untyped]  # it has no types
    except ImportError:
        pytest.fail("the beanstalk fixture needs boto3: pip install boto3")
    # Neither a profile of the machine nor its files are looked at: the clients have made-up keys.
    session = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    session.set_config_variable("config_file", None)
    session.register("creating-client-class.elastic-beanstalk", _make_callable)
    return session


def _make_callable(class_attributes: dict[str, Any], **_: Any) -> None:
    """Let `beanstalk.client("s3")` be a client of another service, beside `beanstalk.client.create_application(…)`."""
    class_attributes["__call__"] = lambda client, service, **named: client._of_world(service, **named)


def client_of(app: Any, service: str, region: str, account: str, retries: int) -> Any:
    """A client of a service, whose requests an app answers in this process."""
    botocore_session = session()  # fails with advice where there is no boto3
    from botocore.config import Config  # type: ignore[import-untyped]  # it has no types

    from beanpole.other_services.botocore_wire import Wire

    client = botocore_session.create_client(
        service,
        region_name=region,
        endpoint_url=f"http://{service}.{region}.amazonaws.com",
        aws_access_key_id=account,
        aws_secret_access_key="not checked",
        config=Config(
            retries={"max_attempts": retries},
            s3={"addressing_style": "path"},
            ignore_configured_endpoint_urls=True,
            user_agent=botocore_session.user_agent(),  # botocore puts it together anew for each call otherwise
        ),
    )
    name = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"before-send.{name}", Wire(app))
    return client
