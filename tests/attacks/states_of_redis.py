"""The states of a Redis that refuses, each with the function that brings it about and returns the one that ends it."""

import resource
from collections.abc import Callable

from redis import Redis

from killable import Server

End = Callable[[], object]
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def is_lost(server: Server) -> End:
    """Nothing listens."""
    server.kill()
    return server.start


def is_frozen(server: Server) -> End:
    """Connections stand, and nothing comes back."""
    server.freeze()
    return server.thaw


def is_a_replica(server: Server) -> End:
    """It reads only."""
    server.client.replicaof("127.0.0.1", "1")
    return lambda: server.client.replicaof("NO", "ONE")


def is_out_of_memory(server: Server) -> End:
    """It refuses what would take memory."""
    server.client.config_set("maxmemory", 1)
    return lambda: server.client.config_set("maxmemory", 0)


def cannot_write_its_log(server: Server) -> End:
    """Its disk is full, and it may acknowledge before it has written."""
    server.client.config_set("appendfsync", "everysec")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (server.written(), resource.RLIM_INFINITY))

    def end() -> None:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, UNLIMITED)
        server.client.config_set("appendfsync", "always")

    return end


def asks_for_a_password(server: Server) -> End:
    """Its URL has none."""
    server.client.config_set("requirepass", "secret")
    _end_connections(server)
    return lambda: _call(server, "default", "CONFIG", "SET", "requirepass", "")


def has_too_many_clients(server: Server) -> End:
    """It accepts no other one."""
    server.client.config_set("maxclients", 1)
    _end_connections(server)
    return lambda: server.client.config_set("maxclients", 10_000)


def forbids_a_command(server: Server) -> End:
    """Its user may not call one that scripts call."""
    _add_admin(server)
    server.client.execute_command("ACL", "SETUSER", "default", "-evalsha", "-zadd")
    return lambda: _call(server, "admin", "ACL", "SETUSER", "default", "+@all")


def forbids_the_channels(server: Server) -> End:
    """Its user may subscribe to none, and publish nothing."""
    _add_admin(server)
    server.client.execute_command("ACL", "SETUSER", "default", "resetchannels")
    return lambda: _call(server, "admin", "ACL", "SETUSER", "default", "&*")


def _end_connections(server: Server) -> None:
    for kind in ("normal", "pubsub"):
        server.client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


def _add_admin(server: Server) -> None:
    server.client.execute_command("ACL", "SETUSER", "admin", "on", ">secret", "+@all", "~*", "&*")


def _call(server: Server, user: str, *command: str) -> None:
    with Redis.from_url(server.url, username=user, password="secret") as client:
        client.execute_command(*command)


READS_ONLY = (is_a_replica, is_out_of_memory, cannot_write_its_log)
STATES = (
    is_lost,
    is_frozen,
    *READS_ONLY,
    asks_for_a_password,
    has_too_many_clients,
    forbids_a_command,
    forbids_the_channels,
)
