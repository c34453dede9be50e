"""The request that an activity carries out: a value for each kind of activity, with the members of that kind alone.

In the store each is an object whose `kind` tells which one it is. In `Configure` None leaves a member as it is.
"""

from typing import Literal, get_args

import msgspec
from msgspec import Struct

from beanpole.model.options.definitions import OptionSetting

Kind = Literal["launch", "deploy", "configure", "restart", "rebuild", "swap", "link", "tag", "scale", "terminate"]


class _Request(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"):
    pass


class Launch(_Request, frozen=True, tag="launch"):
    """Create the resources, and deploy the version on them.

    `refusals` are the errors in the settings of its `.ebextensions`, for which the launch fails at once, and
    `missing_profile` names its instance profile where that is not there.
    """

    version_label: str | None
    refusals: tuple[str, ...] = ()
    missing_profile: str | None = None


class Deploy(_Request, frozen=True, tag="deploy"):
    """Deploy another version, and change nothing else.

    `extensions` are the settings of its `.ebextensions`, where others override all that differs in them.
    """

    version_label: str
    extensions: tuple[OptionSetting, ...] | None = None


class Configure(_Request, frozen=True, tag="configure"):
    """Deploy another configuration, and another version with it where there is a `version_label`.

    `extensions` are the settings of that version's `.ebextensions`; they are `overridden` where the settings of the API
    override all that differs in them. `template_name` is the saved configuration that the
    settings come from. On a custom platform there is no solution stack, so `platform_arn` tells whether the platform
    changes. `immutably` replaces the instances that way whatever the settings say.
    """

    version_label: str | None = None
    settings: tuple[OptionSetting, ...] | None = None
    extensions: tuple[OptionSetting, ...] | None = None
    template_name: str | None = None
    solution_stack_name: str | None = None
    platform_arn: str | None = None
    immutably: bool = False
    overridden: bool = False

    @property
    def changes_configuration(self) -> bool:
        """Tell whether there is more to deploy than a version."""
        extensions = None if self.overridden else self.extensions
        changes = self.settings, extensions, self.template_name, self.solution_stack_name, self.platform_arn
        return self.immutably or any(change is not None for change in changes)


class Restart(_Request, frozen=True, tag="restart"):
    """Restart the application servers."""


class Rebuild(_Request, frozen=True, tag="rebuild"):
    """Delete the resources, create them again, and deploy the version on them."""

    version_label: str | None


class Swap(_Request, frozen=True, tag="swap"):
    """Exchange CNAMEs with the environment named `partner`; `leads` tells the source from the destination."""

    partner: str
    leads: bool = True


class Link(_Request, frozen=True, tag="link"):
    """Take part in the link that another environment makes to this one."""


class Tag(_Request, frozen=True, tag="tag"):
    """Replace the tags of the environment and of its resources."""

    tags: dict[str, str]


class Scale(_Request, frozen=True, tag="scale"):
    """Bring the Auto Scaling group to the size that it is to have; no call asks for it, and the status stays Ready."""


class Terminate(_Request, frozen=True, tag="terminate"):
    """End the environment.

    `wakes_application`: the application is being deleted, and waits for this. `keeps_resources`: the resources stay.
    """

    wakes_application: bool = False
    keeps_resources: bool = False


Request = Launch | Deploy | Configure | Restart | Rebuild | Swap | Link | Tag | Scale | Terminate

KINDS: dict[type[Request], Kind] = {
    request: msgspec.convert(request.__struct_config__.tag, Kind)  # noqa: TID251  # a text needs no preparing
    for request in get_args(Request)
}
NO_CHANGES = Configure()
