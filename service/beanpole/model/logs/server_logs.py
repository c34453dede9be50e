"""The other logs of an instance: proxy, application, hooks, boot, and the rest that the service collects.

All but the real requests are written from the command records of the instance.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from beanpole.model.environment import worker_queue
from beanpole.model.environment.instance import CommandRecord
from beanpole.model.instance.outcomes import Outcome
from beanpole.model.instance.web_process import HEALTH_CHECK_URL, health_check
from beanpole.model.logs.accesses import NOT_CONNECTED, Access, logged
from beanpole.model.logs.cfn_logs import comma
from beanpole.model.logs.engine_instructions import HOOK_INSTRUCTIONS, HOOKS
from beanpole.model.logs.view import View, one_line, stamp
from beanpole.text.log_lines import escaped

CHECKED_EVERY = 15_000  # milliseconds between two health checks of a load balancer
REQUESTS = 200  # the latest ones, which are logged
BALANCER = "172.31.16.20"  # an address in the default VPC


def application(view: View) -> Iterator[str]:
    """The output of the application, and a line at each of its starts."""
    starts = ((record.at, line) for record in _starts(view) for line in _start(view, record))
    failed_starts = ((record.at, line) for record in view.instance.history for line in _failed_start(view, record))
    printed = ((line.at, _syslog(line.at, f"web: {one_line(line.line)}")) for line in view.printed if line.by == "web")
    return _in_order(starts, failed_starts, printed)


def _start(view: View, record: CommandRecord) -> Iterator[str]:
    for process in view.contents_of(record).processes or ("web",):
        text = f"{process}: version {record.version_label or 'n/a'} (deployment {record.deployment_id}) started"
        yield _syslog(record.at, text)


def _failed_start(view: View, record: CommandRecord) -> Iterator[str]:
    """The output of an application that did not answer its health check after a deployment."""
    report = view.report_of(record)
    for line in report.printed.splitlines() if report is not None else ():
        yield _syslog(record.at, f"web: {one_line(line)}")


def hooks(view: View) -> Iterator[str]:
    """The output of the hooks of each version; a line that they ran, where they were not carried out."""
    for record in view.instance.history:
        report = view.report_of(record)
        for outcome in report.outcomes if report is not None else ():
            if outcome.phase in HOOK_INSTRUCTIONS:
                yield from (f"{stamp(record.at)} {one_line(text)}" for text in _hook_output(outcome))
    for record in _starts(view):
        folder = HOOKS.get(record.command) if record.report is None else None
        for hook in view.contents_of(record).hooks:
            if folder is not None and hook.startswith(f"{folder}/"):
                yield f"{_iso(record.at)} [INFO] {hook} ended with exit code 0"


def _hook_output(outcome: Outcome) -> Iterator[str]:
    severity = "ERROR" if outcome.ending == "failed" else "INFO"
    yield from (f"[{severity}] {line}" for line in outcome.output.splitlines())
    if outcome.ending == "recorded":
        yield f"[INFO] beanpole recorded {outcome.name} and did not run it."


def access(view: View) -> Iterator[str]:
    """The proxy's requests: the health checks since the instance began to serve, and the latest real ones."""
    return _in_order(_health_checks(view), ((access.at, _request(view, access)) for access in view.accesses))


def proxy_errors(view: View) -> Iterator[str]:
    """The proxy's errors: after a failed command no application listens; and those of the latest real requests."""
    failures = (record.at for record in view.instance.history if record.failed)
    notes = ((access.at, _note(access)) for access in view.accesses if access.note is not None)
    return _in_order(((at, f"{_slashed(at)} [error] {NOT_CONNECTED}") for at in failures), notes)


def daemon(view: View) -> Iterator[str]:
    """The worker's daemon, which reads messages from the queue."""
    polled = worker_queue.url(view.environment) or "the queue"
    words = ("init: initializing aws-sqsd", f"start: polling {polled}")
    starts = ((record.at, f"{_iso(record.at)} {word}") for record in _starts(view) for word in words)
    output = ((line.at, f"{_iso(line.at)} {one_line(line.line)}") for line in view.printed if line.by == "daemon")
    return _in_order(starts, output)


def cloud_init(view: View) -> Iterator[str]:
    """The first boot."""
    yield f"Cloud-init running 'init' at {_iso(view.instance.launched_at)}"
    yield f"{view.instance.id} is a {view.instance.instance_type} in {view.instance.availability_zone}"
    for record in view.instance.history:
        if record.command == "boot":
            yield f"Cloud-init finished at {_iso(record.at)}"


def cfn_hup(view: View) -> Iterator[str]:
    """CloudFormation's daemon that starts commands."""
    for record in view.instance.history:
        if record.command != "boot":
            yield f"{comma(record.at)} [INFO] cfn-hup processing is alive."


def health_daemon(view: View) -> Iterator[str]:
    """The health agent, from its first report."""
    for record in view.instance.history:
        if record.command == "boot":
            yield f"{_iso(record.at)} INFO healthd: reporting on {view.instance.id}"


def deployments(view: View) -> Iterator[str]:
    """The deployment log of Windows, which has no engine log."""
    for record in view.instance.history:
        ended = "failed" if record.failed else "succeeded"
        what = f" of version {record.version_label} (deployment {record.deployment_id})" if record.version_label else ""
        yield f"{comma(record.at)} [{'ERROR' if record.failed else 'INFO'}] Command {record.command}{what} {ended}"


def _in_order(*logs: Iterable[tuple[int, str]]) -> Iterator[str]:
    """The lines of several logs by their instants, those of one instant as they came."""
    return (line for _, line in heapq.merge(*logs, key=lambda row: row[0]))


def _health_checks(view: View) -> Iterator[tuple[int, str]]:
    instance, request = view.instance, _health_check(view)
    if not instance.in_service or instance.deployed_at is None or request is None:
        return
    first = -(-instance.deployed_at // CHECKED_EVERY) * CHECKED_EVERY
    earliest = max(first, (view.at // CHECKED_EVERY - REQUESTS + 1) * CHECKED_EVERY)
    for at in range(earliest, view.at + 1, CHECKED_EVERY):
        yield at, f"{BALANCER} - - [{_clf(at)}] {request}"


def _health_check(view: View) -> str | None:
    """The line of a health check; None where none is by HTTP, as of a classic load balancer without a URL (TCP:80)."""
    balancer, settings = view.environment.balancer, view.environment.option_settings
    if balancer is None or ":loadbalancer/net/" in balancer.name:
        return None
    is_classic = not balancer.name.startswith("arn:")
    if is_classic and not any(s.option_name == HEALTH_CHECK_URL and s.value for s in settings):
        return None
    path, agent = health_check(settings)[0], "ELB-HealthChecker/1.0" if is_classic else "ELB-HealthChecker/2.0"
    return f'"GET {logged(path)} HTTP/1.1" 200 12 "-" "{agent}" "-"'


def _request(view: View, access: Access) -> str:
    """A line in the format of the platform's proxy; through a load balancer the client is the last field."""
    client, forwarded = (BALANCER, access.client) if _is_balanced(view) else (access.client, "")
    texts = (logged(text) for text in (access.request, access.referer, access.agent, forwarded))
    request, referer, agent, last = texts
    head = f'{client} - - [{_clf(access.at)}] "{request}" {access.status} {access.size}'
    return f'{head} "{referer}" "{agent}" "{last}"'


def _note(access: Access) -> str:
    request, host = logged(access.request), logged(access.host)
    details = f'client: {access.client}, server: , request: "{request}", host: "{host}"'
    return f"{_slashed(access.at)} [error] {escaped(access.note or '')}, {details}"


def _is_balanced(view: View) -> bool:
    return view.environment.balancer is not None


def _clf(at: int) -> str:
    return _moment(at).strftime("%d/%b/%Y:%H:%M:%S +0000")


def _slashed(at: int) -> str:
    return _moment(at).strftime("%Y/%m/%d %H:%M:%S")


def _starts(view: View) -> Iterator[CommandRecord]:
    return (record for record in view.instance.history if record.command != "boot" and not record.failed)


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def _iso(at: int) -> str:
    return _moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _syslog(at: int, text: str) -> str:
    return f"{_moment(at).strftime('%b %d %H:%M:%S')} {text}"
