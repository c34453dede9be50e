"""The environment manifest of a source bundle, `env.yaml`: the settings of an environment that runs the version.

A name may end in a plus sign, which is replaced by the name of the group when the environment is created.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import Tier
from beanpole.model.options.definitions import OptionSetting

FILE = "env.yaml"
GROUPED = "+"


class Manifest(Struct, frozen=True, omit_defaults=True):
    """The members of the manifest; a member that it leaves out is None or empty."""

    environment_name: str | None = None
    solution_stack: str | None = None
    cname: str | None = None
    tier: Tier | None = None
    links: tuple[Link, ...] = ()
    option_settings: tuple[OptionSetting, ...] = ()
    tags: dict[str, str] = {}
    platform_arn: str | None = None


def grouped(manifest: Manifest, group: str | None) -> Manifest:
    """The manifest with its names completed by the group.

    Raises ParameterMissing if a name ends in a plus sign and there is no group.
    """
    if group is None and any(name.endswith(GROUPED) for name in _names(manifest)):
        raise errors.ParameterMissing(parameter="GroupName")
    return replace(
        manifest,
        environment_name=_in_group(manifest.environment_name, group),
        cname=_in_group(manifest.cname, group),
        links=tuple(Link(link.link_name, _in_group(link.environment_name, group) or "") for link in manifest.links),
    )


def _names(manifest: Manifest) -> Iterator[str]:
    yield from (name for name in (manifest.environment_name, manifest.cname) if name)
    yield from (link.environment_name for link in manifest.links)


def _in_group(name: str | None, group: str | None) -> str | None:
    return f"{name.removesuffix(GROUPED)}-{group}" if name and name.endswith(GROUPED) else name
