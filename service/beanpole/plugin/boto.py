"""boto3 clients whose requests a world answers in this process."""

import re
from datetime import datetime
from functools import cache
from typing import Any

import pytest

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3}|\.[0-9]{6})?Z")


@cache
def session() -> Any:
    """The one session of all worlds: reading the model of the service takes longer than everything else."""
    try:
        session = fresh_session()
    except ImportError:
        pytest.fail("the beanstalk fixture needs boto3: pip install boto3")
    session.register("creating-client-class.elastic-beanstalk", _make_callable)
    return session


def fresh_session() -> Any:
    """A session whose clients look at no profile of the machine and at none of its files: they have made-up keys.

    A client of botocore looks for the alias of an event's name when it first has the event, which takes half the time
    of its first call of an operation. Here they share what they find. botocore reads a timestamp of any form, which
    takes forty times as long as to read one of the form that answers have; the result is the same.
    """
    from botocore.hooks import EventAliaser, HierarchicalEmitter  # type: ignore[import-untyped]  # it has no types
    from botocore.session import Session  # type: ignore[import-untyped]  # it has no types
    from botocore.utils import parse_timestamp  # type: ignore[import-untyped]  # it has no types
    from dateutil.tz import tzutc  # type: ignore[import-untyped]  # it has no types

    utc = tzutc()

    def moment(value: Any) -> Any:
        if type(value) is str and _MOMENT.fullmatch(value):
            return datetime.fromisoformat(value[:-1]).replace(tzinfo=utc)
        return parse_timestamp(value)

    class Aliaser(EventAliaser):  # type: ignore[misc]  # botocore has no types
        def __copy__(self) -> Any:
            other = super().__copy__()
            other._alias_name_cache = self._alias_name_cache
            return other

    emitter = HierarchicalEmitter()
    session = Session(session_vars={"profile": (None, None, None, None)}, event_hooks=emitter)
    session.register_component("event_emitter", Aliaser(emitter))
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=moment)
    session.set_config_variable("config_file", None)
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
