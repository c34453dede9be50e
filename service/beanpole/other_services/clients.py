"""Clients of boto3, at an endpoint or by a wire, with the user's own credentials where there are any."""

from functools import cache
from threading import Lock
from typing import Any

from beanpole.other_services.botocore_wire import Wire

_OF_MACHINES = ("iam-role", "container-role")  # the providers that request credentials of the machine
_making = Lock()


def client(
    service: str, endpoint: str, region: str = "us-east-1", key: str = "beanpole", wire: Wire | None = None
) -> Any:
    """A client of a service of AWS at an endpoint, or by a wire.

    Raises ValueError, with the reason, if it cannot be made. `key` is its access key by a wire, and if neither the
    environment nor a profile that it names has credentials. The roles of instances and containers are never requested.
    """
    try:
        import boto3  # type: ignore[import-untyped]  # noqa: F401  # it has no types, and its absence is told first
        from botocore.config import Config  # type: ignore[import-untyped]  # it has no types
    except ModuleNotFoundError:
        raise ValueError("boto3 is missing: pip install 'beanpole[s3]'") from None
    session, has_own_credentials = (_session_of_wires(), False) if wire is not None else _session()
    own = {} if has_own_credentials else {"aws_access_key_id": key, "aws_secret_access_key": "beanpole"}
    config = Config(s3={"addressing_style": "path"}, connect_timeout=5, read_timeout=30, retries={"max_attempts": 1})
    with _making:  # a session makes one client at a time
        boto_client = session.client(service, endpoint_url=endpoint, region_name=region, config=config, **own)
    if wire is not None:
        boto_client.meta.events.register(f"before-send.{service}", wire)
    return boto_client


@cache
def loader() -> Any:
    """The loader of the models of services for the whole process; another one would read them again."""
    import botocore.session  # type: ignore[import-untyped]  # it has no types

    return botocore.session.get_session().get_component("data_loader")


@cache
def _session_of_wires() -> Any:
    """The one session of all clients by a wire, which name their credentials; a session takes longer than a client."""
    return session_of(_plain_session())


def _session() -> tuple[Any, bool]:
    """A session of boto3; true if the environment, or a profile that it names, has credentials.

    A profile is read only if the environment has no credentials. Raises ValueError for a profile that does not exist.
    """
    import botocore.session
    from botocore.exceptions import BotoCoreError, ProfileNotFound  # type: ignore[import-untyped]  # it has no types

    plain = _plain_session()
    try:
        if plain.get_credentials() is not None:
            return session_of(plain), True
        named = botocore.session.Session()
        if named.profile is None:
            return session_of(plain), False
        resolver = named.get_component("credential_provider")
        resolver.providers[:] = [provider for provider in resolver.providers if provider.METHOD not in _OF_MACHINES]
        return session_of(named), named.get_credentials() is not None
    except ProfileNotFound as error:
        raise ValueError(str(error)) from None
    except BotoCoreError as error:
        raise ValueError(f"no credentials can be had: {error}") from None


def _plain_session() -> Any:
    """A session of botocore that knows no profile, and no credentials but those of the environment."""
    import botocore.session

    plain = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    resolver = plain.get_component("credential_provider")
    resolver.providers[:] = [provider for provider in resolver.providers if provider.METHOD == "env"]
    return plain


def session_of(core: Any) -> Any:
    """The session of boto3 around one of botocore, with the loader of the process."""
    import boto3

    core.register_component("data_loader", loader())
    return boto3.session.Session(botocore_session=core)
