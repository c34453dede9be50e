"""The log files of an instance, by platform, and the three forms in which the service returns them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from beanpole.model.environment.environment_info import InfoType
from beanpole.model.environment.instance import Instance
from beanpole.model.logs import cfn_logs, engine_log, server_logs
from beanpole.model.logs.view import View, stamp

Writer = Callable[[View], Iterator[str]]
Files = dict[str, Writer]

TAIL = 100  # lines of each log
RULE = "-" * 40

WINDOWS: Files = {  # eight in the tail, as seen; which ones is inferred
    "Program Files/Amazon/ElasticBeanstalk/logs/AWSDeployment.log": server_logs.deployments,
    "Program Files/Amazon/ElasticBeanstalk/logs/Hooks.log": server_logs.hooks,
    "Program Files/Amazon/ElasticBeanstalk/HealthD/logs/healthd.log": server_logs.health_daemon,
    "cfn/log/cfn-init.log": cfn_logs.cfn_init,
    "cfn/log/cfn-hup.log": server_logs.cfn_hup,
    "ProgramData/Amazon/EC2Launch/log/agent.log": server_logs.cloud_init,
    "inetpub/logs/LogFiles/W3SVC1/u_ex.log": server_logs.access,
    "inetpub/logs/LogFiles/HTTPERR/httperr1.log": server_logs.proxy_errors,
}
APPLICATION = {  # where a platform writes the output of the application; on others it is var/log/web.stdout.log
    "docker": "var/log/eb-docker/containers/eb-current-app/eb-stdouterr.log",
    "php": "var/log/php-fpm/www-error.log",
    "ruby": "var/log/puma/puma.log",
    "tomcat": "var/log/tomcat/catalina.log",
}
REST: Files = {  # in the bundle only
    "var/log/cfn-hup.log": server_logs.cfn_hup,
    "var/log/cfn-init-cmd.log": cfn_logs.cfn_init_cmd,
    "var/log/cfn-init.log": cfn_logs.cfn_init,
    "var/log/cloud-init-output.log": server_logs.cloud_init,
    "var/log/healthd/daemon.log": server_logs.health_daemon,
}


def files(info_type: InfoType | None, traits: tuple[str, ...], is_worker: bool) -> Files:
    """The logs in a sample of that type, or those that are streamed, in order: a writer for each path."""
    if "windows" in traits:
        return WINDOWS
    application = next((APPLICATION[trait] for trait in traits if trait in APPLICATION), "var/log/web.stdout.log")
    logs: Files = {
        application: server_logs.application,
        "var/log/eb-engine.log": lambda view: engine_log.lines(view, info_type),
        "var/log/eb-hooks.log": server_logs.hooks,
        "var/log/nginx/access.log": server_logs.access,
        "var/log/nginx/error.log": server_logs.proxy_errors,
    }
    if is_worker:
        logs["var/log/aws-sqsd/default.log"] = server_logs.daemon
    return logs | REST if info_type == "bundle" else logs


def tail(view: View) -> bytes:
    """The last lines of each log, each under its path."""
    parts = []
    for name, write in _files("tail", view).items():
        path = "C:\\" + name.replace("/", "\\") if view.is_windows else f"/{name}"
        parts.append("\n".join([RULE, path, RULE, *list(write(view))[-TAIL:]]))
    return ("\n\n\n".join(parts) + "\n").encode()


def bundle(view: View) -> bytes:
    """A zip of every log in full, in its folder; the same sample gives the same bytes."""
    content = BytesIO()
    when = datetime.fromtimestamp(view.at / 1000, UTC)
    with ZipFile(content, "w") as archive:
        for name, write in _files("bundle", view).items():
            entry = ZipInfo(
                name, (min(max(when.year, 1980), 2107), *when.timetuple()[1:6])
            )  # the years that a zip can hold
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, "".join(f"{line}\n" for line in write(view)).encode())
    return content.getvalue()


def analysis(view: View, fleet: tuple[Instance, ...]) -> bytes:
    """A summary of the commands on a fleet; the text is beanpole's own [inferred], since no real summary is public."""
    records = sorted(
        ((record.at, instance.id, record) for instance in fleet for record in instance.history), key=lambda row: row[:2]
    )
    failures = [row for row in records if row[2].failed]
    latest = [
        f"- {stamp(at)} {id_}: {record.command} of version {record.version_label} "
        f"(deployment {record.deployment_id})" + (" failed" if record.failed else "")
        for at, id_, record in records[-TAIL:]
        if record.command != "boot"
    ]
    result = (
        f"{len(failures)} of {len(records)} commands failed; see eb-engine.log of {failures[-1][1]}."
        if failures
        else f"All {len(records)} commands on {len(fleet)} instance(s) ended well."
    )
    return "\n".join(
        [f"# {view.environment.environment_name}", "", result, "", *chain(["## What was done", ""], latest), ""]
    ).encode()


def representative(fleet: tuple[Instance, ...]) -> Instance | None:
    """The instance under which an analysis is listed: the first one that failed, else the first."""
    return next((instance for instance in fleet if instance.failed), fleet[0] if fleet else None)


def _files(info_type: InfoType, view: View) -> Files:
    return files(info_type, view.traits, view.environment.is_worker)
