"""The environment manifest of a source bundle, `env.yaml`: how an environment that runs the version is to be made.

Names may end in a plus sign, for which the name of the group is put when the environment is made.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from beanpole.model import errors
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import Tier
from beanpole.model.options.configuration import OptionSetting

GROUPED = "+"


class Manifest(Struct, frozen=True, omit_defaults=True):
    """What it says; what it leaves out is None or empty."""

    environment_name: str | None = None
    solution_stack: str | None = None
    cname: str | None = None
    tier: Tier | None = None
    links: tuple[Link, ...] = ()
    option_settings: tuple[OptionSetting, ...] = ()


def grouped(manifest: Manifest, group: str | None) -> Manifest:
    """The manifest with every name as it is in a group; ParameterMissing where one asks for a group and none is given.

    An environment that is made without a group may have a plain name only.
    """
    if group is None and any(name.endswith(GROUPED) for name in _names(manifest)):
        raise errors.ParameterMissing(parameter="GroupName")
    return replace(
        manifest,
        environment_name=_in_group(manifest.environment_name, group),
        cname=_in_group(manifest.cname, group),
        links=tuple(Link(it.link_name, _in_group(it.environment_name, group) or "") for it in manifest.links),
    )


def _names(manifest: Manifest) -> Iterator[str]:
    yield from (name for name in (manifest.environment_name, manifest.cname) if name)
    yield from (it.environment_name for it in manifest.links)


def _in_group(name: str | None, group: str | None) -> str | None:
    return f"{name.removesuffix(GROUPED)}-{group}" if name and name.endswith(GROUPED) else name
