"""The log files of an instance, by platform, and the three forms in which the service hands them out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from beanpole.model.environment.environment_info import InfoType
from beanpole.model.environment.instance import Instance
from beanpole.model.logs import engine_log, server_logs
from beanpole.model.logs.engine_log import View

Writer = Callable[[View], Iterator[str]]
Files = dict[str, Writer]

TAIL = 100  # lines of each log
RULE = "-" * 40

WINDOWS: Files = {  # eight in the tail, as seen; which ones is inferred
    "Program Files/Amazon/ElasticBeanstalk/logs/AWSDeployment.log": server_logs.deployments,
    "Program Files/Amazon/ElasticBeanstalk/logs/Hooks.log": server_logs.hooks,
    "Program Files/Amazon/ElasticBeanstalk/HealthD/logs/healthd.log": server_logs.health_daemon,
    "cfn/log/cfn-init.log": server_logs.cfn_init,
    "cfn/log/cfn-hup.log": server_logs.cfn_hup,
    "ProgramData/Amazon/EC2Launch/log/agent.log": server_logs.cloud_init,
    "inetpub/logs/LogFiles/W3SVC1/u_ex.log": server_logs.access,
    "inetpub/logs/LogFiles/HTTPERR/httperr1.log": server_logs.proxy_errors,
}
APPLICATION = {  # where a platform writes what the application says; var/log/web.stdout.log unless it is named here
    "docker": "var/log/eb-docker/containers/eb-current-app/eb-stdouterr.log",
    "php": "var/log/php-fpm/www-error.log",
    "ruby": "var/log/puma/puma.log",
    "tomcat": "var/log/tomcat/catalina.log",
}
REST: Files = {  # what only the bundle has
    "var/log/cfn-hup.log": server_logs.cfn_hup,
    "var/log/cfn-init.log": server_logs.cfn_init,
    "var/log/cloud-init-output.log": server_logs.cloud_init,
    "var/log/healthd/daemon.log": server_logs.health_daemon,
}


def files(info_type: InfoType, traits: tuple[str, ...], is_worker: bool) -> Files:
    """Each log that a sample of that type holds, in order, with what writes it."""
    if "windows" in traits:
        return WINDOWS
    application = next((APPLICATION[it] for it in traits if it in APPLICATION), "var/log/web.stdout.log")
    shown: Files = {
        application: server_logs.application,
        "var/log/eb-engine.log": lambda view: engine_log.lines(view, info_type),
        "var/log/eb-hooks.log": server_logs.hooks,
        "var/log/nginx/access.log": server_logs.access,
        "var/log/nginx/error.log": server_logs.proxy_errors,
    }
    if is_worker:
        shown["var/log/aws-sqsd/default.log"] = server_logs.daemon
    return shown | REST if info_type == "bundle" else shown


def tail(view: View) -> bytes:
    """The last lines of each log, each under its path."""
    parts = []
    for name, write in _files("tail", view).items():
        path = "C:\\" + name.replace("/", "\\") if view.is_windows else f"/{name}"
        parts.append("\n".join([RULE, path, RULE, *list(write(view))[-TAIL:]]))
    return ("\n\n\n".join(parts) + "\n").encode()


def bundle(view: View) -> bytes:
    """A zip with every log whole, in its folder; the same sample makes the same bytes."""
    content = BytesIO()
    when = datetime.fromtimestamp(view.at / 1000, UTC)
    with ZipFile(content, "w") as archive:
        for name, write in _files("bundle", view).items():
            entry = ZipInfo(name, (min(max(when.year, 1980), 2107), *when.timetuple()[1:6]))  # what a zip can say
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, "".join(f"{line}\n" for line in write(view)).encode())
    return content.getvalue()


def analysis(view: View, fleet: tuple[Instance, ...]) -> bytes:
    """What there is to say of an environment by its records; the words are ours, since none were seen."""
    records = sorted(((deed.at, it.id, deed) for it in fleet for deed in it.history), key=lambda found: found[:2])
    failed = [found for found in records if found[2].failed]
    latest = [
        f"- {engine_log.stamp(at)} {id_}: {deed.does} of version {deed.version_label} (deployment {deed.deployment_id})"
        + (" failed" if deed.failed else "")
        for at, id_, deed in records[-TAIL:]
        if deed.does != "boot"
    ]
    found = (
        f"{len(failed)} of {len(records)} commands failed; see eb-engine.log of {failed[-1][1]}."
        if failed
        else f"All {len(records)} commands on {len(fleet)} instance(s) ended well."
    )
    return "\n".join(
        [f"# {view.environment.environment_name}", "", found, "", *chain(["## What was done", ""], latest), ""]
    ).encode()


def spokesman(fleet: tuple[Instance, ...]) -> Instance | None:
    """The instance under which an analysis is listed: the first one that failed, else the first."""
    return next((it for it in fleet if it.failed), fleet[0] if fleet else None)


def _files(info_type: InfoType, view: View) -> Files:
    return files(info_type, view.traits, view.environment.is_worker)
