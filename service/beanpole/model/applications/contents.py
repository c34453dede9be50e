"""The contents of a source bundle, and the sentences about them when its version is processed or deployed."""

from typing import Literal

from msgspec import Struct

from beanpole.model import errors
from beanpole.model.bundles.bundle import Cron
from beanpole.model.bundles.template import Template
from beanpole.model.bundles.unzip import Unzip
from beanpole.model.events import failures
from beanpole.model.events.messages import Message


class BundleProblem(Struct, frozen=True, omit_defaults=True):
    """The reason why the version cannot be deployed.

    `syntax`: a file is neither YAML nor JSON; `yaml` and `json` are the errors of the two parsers. `entry`: an entry of
    its option settings is not a map. `bundle`: the bundle itself cannot be opened.
    """

    what: Literal["syntax", "entry", "bundle"]
    file: str = ""
    yaml: str = ""
    json: str = ""


class Skipped(Struct, frozen=True):
    """A configuration file that is skipped because of a key that it must not have."""

    file: str
    key: str


class Dockerrun(Struct, frozen=True, omit_defaults=True):
    """A Dockerrun.aws.json: the version that it names, empty if it names none, and the names of its containers.

    `has_image`: it names the image of a single container.
    """

    version: str = ""
    containers: tuple[str, ...] = ()
    is_json: bool = True
    has_image: bool = True


CLASSIC_BALANCER, NEWER_BALANCERS = "AWSEBLoadBalancer", "AWSEBV2LoadBalancer"  # the latter is how their names begin
NO_SUCH_ATTRIBUTE = "Template error: instance of Fn::GetAtt references undefined resource {name}"
NO_SUCH_RESOURCE = (
    "Template format error: Unresolved resource dependencies [{names}] in the {block} block of the template"
)


class Contents(Struct, frozen=True, omit_defaults=True):
    """Counts and names only: `configuration_files` and `hooks` by path, the others by name, in the order of execution.

    `commands` and `container_commands` come from the configuration files, `processes` from the Procfile, `builds` from
    the Buildfile. `starting` are the files at the root that tell a platform how to start the application; None where
    they are not known, as in a bundle that is a single file. `package` is a remark on its package.json: it names no
    version of Node.js, or it is not JSON, so that npm cannot install it.

    `single` is the file that a bundle is which is no archive, `unzip` says how unzip fails on an instance, `template`
    why CloudFormation refuses the `Resources` of the configuration files; if it takes them, they are `custom`.
    `of_load_balancers`, `attributes_of_load_balancers` and, of its outputs, `outputs_of_load_balancers` are names in it
    that only environments with a load balancer have. Of a bundle that is `unread`, the directory was too large to be
    looked into.
    """

    files: int = 0
    configuration_files: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    container_commands: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    starting: tuple[str, ...] | None = None
    package: Literal["any-node", "no-json"] | None = None
    problems: tuple[BundleProblem, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    single: str | None = None
    unzip: Unzip | None = None
    unread: bool = False
    template: str | None = None
    custom: Template | None = None
    of_load_balancers: tuple[str, ...] = ()
    attributes_of_load_balancers: tuple[str, ...] = ()
    outputs_of_load_balancers: tuple[str, ...] = ()
    dockerrun: Dockerrun | None = None
    unbuildable: tuple[str, ...] = ()
    cron: Cron | None = None


def check_deployable(contents: Contents | None, version_label: str) -> None:
    """Raise MapExpected, which refuses a deployment at once; other problems appear while it runs."""
    for problem in contents.problems if contents else ():
        if problem.what == "entry":
            raise errors.MapExpected(file=problem.file, version=version_label)


def template_problem(contents: Contents, balancer: str | None) -> str | None:
    """The reason why CloudFormation refuses the template of an environment with that kind of load balancer, or None.

    A template that it cannot read is refused in its own name [C: eb-php-drupal#5, elastic-beanstalk-samples#46].
    """
    problem = contents.template or _without_balancer(contents, balancer)
    if problem is None or problem.startswith("InvalidParameterValue: "):
        return problem
    return f"Service:AmazonCloudFormation, Message:{problem}"


def _without_balancer(contents: Contents, balancer: str | None) -> str | None:
    """The reason why the names of load balancers lead nowhere; each kind has its own [C: AWS-EB-SSL#8]."""
    if absent := [name for name in contents.of_load_balancers if not _has(balancer, name)]:
        return NO_SUCH_RESOURCE.format(names=", ".join(absent), block="Resources")
    if absent := [name for name in contents.outputs_of_load_balancers if not _has(balancer, name)]:
        return NO_SUCH_RESOURCE.format(names=", ".join(absent), block="Outputs")
    absent = [name for name in contents.attributes_of_load_balancers if not _has(balancer, name)]
    return NO_SUCH_ATTRIBUTE.format(name=absent[0]) if absent else None


def _has(balancer: str | None, name: str) -> bool:
    """Tell whether an environment with that kind of load balancer has a resource."""
    if balancer is None:
        return False
    return name != CLASSIC_BALANCER if balancer != "classic" else not name.startswith(NEWER_BALANCERS)


def warnings(contents: Contents | None) -> tuple[Message, ...]:
    """The warnings about a version, which do not stop its deployment."""
    if contents is None:
        return ()
    unread = (failures.SOURCE_BUNDLE_UNREAD(),) if contents.unread else ()
    skipped = (failures.CONFIGURATION_FILE_SKIPPED(file=file.file, key=file.key) for file in contents.skipped)
    return (*unread, *skipped)


def processing_failures(contents: Contents | None, version_label: str) -> tuple[Message, ...]:
    """The reasons why the version cannot be processed; empty if it can."""
    return tuple(_sentence(problem, version_label) for problem in (contents.problems if contents else ()))


def deployment_failures(contents: Contents | None, version_label: str) -> tuple[Message, ...]:
    """The reasons why its deployment ends before any instance is reached; instances alone open the bundle."""
    problems = contents.problems if contents else ()
    return tuple(_sentence(problem, version_label) for problem in problems if problem.what != "bundle")


def _sentence(problem: BundleProblem, version_label: str) -> Message:
    match problem.what:
        case "syntax":
            return failures.CONFIGURATION_FILE_INVALID(
                file=problem.file, version=version_label, yaml=problem.yaml, json=problem.json
            )
        case "entry":
            return failures.OPTION_SETTING_NO_MAP(file=problem.file, version=version_label)
        case "bundle":
            return failures.SOURCE_BUNDLE_HAS_ISSUES()
