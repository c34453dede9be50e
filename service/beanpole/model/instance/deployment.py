"""Carries out a command of the service on one instance: what it does in which order, and the disk that it leaves.

Equal arguments give equal results: nothing is executed, nothing downloaded, and no byte of a bundle read. The order is
that of platforms-linux-extend and customize-containers-ec2 in the developer guide.
"""

from msgspec.structs import replace

from beanpole.model.bundles.bundle import Bundle
from beanpole.model.bundles.directory import Directory
from beanpole.model.instance import hooks, sections
from beanpole.model.instance.disk import CURRENT, STAGING, Disk
from beanpole.model.instance.nodes import USER, Folder, Mount
from beanpole.model.instance.outcomes import Phase, Report
from beanpole.model.instance.progress import Item, Progress, Shell, Stopped
from beanpole.model.instance.request import Prepared, Request
from beanpole.model.instance.tree import Layers, Tree

COMPOSE = "docker-compose.yml"
NGINX = "/bin/sh -c /usr/sbin/nginx -t -c /var/proxy/staging/nginx/nginx.conf"
BUNDLE = "/opt/elasticbeanstalk/deployment/app_source_bundle"


def carry_out(
    bundle: Bundle | None, disk: Disk, request: Request, layers: Layers = lambda _: None, shell: Shell | None = None
) -> Prepared:
    """Carry out a command.

    The bundle is that of the version, None where it was never read: then everything is empty, and ends well. `layers`
    gives the directories of the other bundles that the disk refers to. With the runner `run` the `shell` runs commands.
    """
    progress = Progress(Tree(disk, _layers(bundle, layers)), request, shell)
    failed = False
    try:
        match request.command:
            case "boot" | "deploy":
                _deploy(progress, bundle)
            case "configure":
                _configure(progress, bundle)
            case "restart":
                pass
    except Stopped:
        failed = True
    report = Report(request.leads, tuple(progress.outcomes), failed)
    return Prepared(report, progress.tree.disk)


def _layers(bundle: Bundle | None, layers: Layers) -> Layers:
    def directory(digest: str) -> Directory | None:
        return bundle.directory if bundle is not None and digest == bundle.digest else layers(digest)

    return directory


def _deploy(progress: Progress, bundle: Bundle | None) -> None:
    files = bundle.configuration_files if bundle else ()
    sections.pre_build(progress, files)
    _unzip(progress, bundle)
    _hooks(progress, bundle, "prebuild", STAGING)
    for build in bundle.builds if bundle else ():
        item = Item("build", build.name, build.command)
        progress.carry_out(item, build.command, STAGING, progress.request.variables)
    sections.post_build(progress, files, STAGING)
    _hooks(progress, bundle, "predeploy", STAGING)
    _flip(progress)
    _start_proxy(progress, bundle)
    _hooks(progress, bundle, "postdeploy", CURRENT)


def _configure(progress: Progress, bundle: Bundle | None) -> None:
    """A configuration deployment runs its own hooks and no command (elastic-beanstalk-roadmap#84)."""
    for phase in ("prebuild", "predeploy", "postdeploy"):
        _hooks(progress, bundle, phase, CURRENT)


def _unzip(progress: Progress, bundle: Bundle | None) -> None:
    item, unzip = Item("unzip", "", BUNDLE), bundle.unzip if bundle is not None else None
    if unzip is not None and (unzip.fails_on_windows or not progress.request.is_windows):
        progress.add(item, "failed", unzip.status, unzip.words)
    tree = replace(progress.tree, is_bounded=False)
    tree = tree.put(STAGING, Folder(owner=USER, group=USER) if bundle is None else Mount(bundle.digest))
    progress.tree = replace(tree, is_bounded=True)
    progress.add(item, "enacted")


def _flip(progress: Progress) -> None:
    tree = replace(progress.tree, is_bounded=False).without(CURRENT).moved(STAGING, CURRENT)
    progress.tree = replace(tree, is_bounded=True)
    progress.add(Item("flip", "", CURRENT), "enacted")


def _start_proxy(progress: Progress, bundle: Bundle | None) -> None:
    """Start nginx with its configuration; beside Docker Compose there is none on the instance."""
    if bundle is None or bundle.proxy is None or COMPOSE in bundle.directory.by_path:
        return
    if progress.request.has_nginx:
        progress.add(Item("proxy", "", NGINX), "failed", 1, bundle.proxy)


def _hooks(progress: Progress, bundle: Bundle | None, phase: Phase, folder: str) -> None:
    """The platform hooks of a phase, in alphabetical order; the first that fails stops the deployment."""
    kind = "confighooks" if progress.request.command == "configure" else "hooks"
    texts = dict(bundle.hook_texts) if bundle else {}
    for path in bundle.hooks.get(f".platform/{kind}/{phase}", ()) if bundle else ():
        hooks.carry_out(progress, phase, path, texts.get(path), folder)
