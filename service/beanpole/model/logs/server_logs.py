"""The logs of an instance beside its engine's: proxy, application, hooks, boot, and what else the service collects.

All of it is written from the records of the instance; requests are those of a load balancer's health checks alone.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from beanpole.model.environment.instance import CommandRecord
from beanpole.model.logs.engine_log import HOOKS, View

CHECKED_EVERY = 15_000  # milliseconds between two health checks of a load balancer
REQUESTS = 200  # that are remembered
BALANCER = "172.31.16.20"  # an address in the default VPC


def application(view: View) -> Iterator[str]:
    """What the application said as it was started."""
    for deed in _starts(view):
        for process in view.brought(deed).processes or ("web",):
            said = f"{process}: version {deed.version_label or 'n/a'} (deployment {deed.deployment_id}) started"
            yield _syslog(deed.at, said)


def hooks(view: View) -> Iterator[str]:
    """The output of the version's own hooks, which nobody simulates; only that they ran."""
    for deed in _starts(view):
        folder = HOOKS.get(deed.does)
        for hook in view.brought(deed).hooks:
            if folder is not None and hook.startswith(f"{folder}/"):
                yield f"{_iso(deed.at)} [INFO] {hook} ended with exit code 0"


def access(view: View) -> Iterator[str]:
    """The proxy's requests: the health checks since the instance began to serve."""
    instance = view.instance
    if not instance.in_service or instance.deployed_at is None or view.environment.resource("load-balancer") is None:
        return
    first = -(-instance.deployed_at // CHECKED_EVERY) * CHECKED_EVERY
    earliest = max(first, (view.at // CHECKED_EVERY - REQUESTS + 1) * CHECKED_EVERY)
    for at in range(earliest, view.at + 1, CHECKED_EVERY):
        when = _moment(at).strftime("%d/%b/%Y:%H:%M:%S +0000")
        yield f'{BALANCER} - - [{when}] "GET / HTTP/1.1" 200 12 "-" "ELB-HealthChecker/2.0" "-"'


def proxy_errors(view: View) -> Iterator[str]:
    """The proxy's complaints: while a command had failed there was nobody behind it."""
    for deed in view.instance.history:
        if deed.failed:
            when = _moment(deed.at).strftime("%Y/%m/%d %H:%M:%S")
            yield f"{when} [error] connect() failed (111: Connection refused) while connecting to upstream"


def daemon(view: View) -> Iterator[str]:
    """The worker's daemon, which takes messages from the queue."""
    queue = view.environment.resource("worker-queue")
    for deed in _starts(view):
        yield f"{_iso(deed.at)} init: initializing aws-sqsd"
        yield f"{_iso(deed.at)} start: polling {queue.endpoint if queue else 'the queue'}"


def cloud_init(view: View) -> Iterator[str]:
    """The first boot."""
    yield f"Cloud-init running 'init' at {_iso(view.instance.launched_at)}"
    yield f"{view.instance.id} is a {view.instance.instance_type} in {view.instance.availability_zone}"
    for deed in view.instance.history:
        if deed.does == "boot":
            yield f"Cloud-init finished at {_iso(deed.at)}"


def cfn_init(view: View) -> Iterator[str]:
    """What CloudFormation's helper ran before and after each build."""
    for deed in view.instance.history:
        if deed.does in ("boot", "restart"):
            continue
        yield f"{_comma(deed.at)} [INFO] -----------------------Starting build-----------------------"
        yield f"{_comma(deed.at)} [INFO] Running configSets: Infra-EmbeddedPreBuild"
        yield from (f"{_comma(deed.at)} [INFO] Command {it} succeeded" for it in view.brought(deed).commands)
        if deed.failed:
            continue
        yield f"{_comma(deed.at)} [INFO] Running configSets: Infra-EmbeddedPostBuild"
        yield from (f"{_comma(deed.at)} [INFO] Command {it} succeeded" for it in view.brought(deed).container_commands)
        yield f"{_comma(deed.at)} [INFO] -----------------------Build complete-----------------------"


def cfn_hup(view: View) -> Iterator[str]:
    """The watcher of commands."""
    for deed in view.instance.history:
        if deed.does != "boot":
            yield f"{_comma(deed.at)} [INFO] cfn-hup processing is alive."


def health_daemon(view: View) -> Iterator[str]:
    """The health agent, from when it began to report."""
    for deed in view.instance.history:
        if deed.does == "boot":
            yield f"{_iso(deed.at)} INFO healthd: reporting on {view.instance.id}"


def deployments(view: View) -> Iterator[str]:
    """What Windows keeps instead of an engine's log."""
    for deed in view.instance.history:
        ended = "failed" if deed.failed else "succeeded"
        what = f" of version {deed.version_label} (deployment {deed.deployment_id})" if deed.version_label else ""
        yield f"{_comma(deed.at)} [{'ERROR' if deed.failed else 'INFO'}] Command {deed.does}{what} {ended}"


def _starts(view: View) -> Iterator[CommandRecord]:
    return (it for it in view.instance.history if it.does != "boot" and not it.failed)


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def _iso(at: int) -> str:
    return _moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _comma(at: int) -> str:
    return _moment(at).strftime("%Y-%m-%d %H:%M:%S,") + f"{at % 1000:03d}"


def _syslog(at: int, text: str) -> str:
    return f"{_moment(at).strftime('%b %d %H:%M:%S')} {text}"
