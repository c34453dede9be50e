"""Tags: how many there may be, and which keys are the service's own."""

from collections.abc import Mapping

from beanpole.model import errors

OWN = ("aws:", "elasticbeanstalk:")
OWN_NAME = "Name"  # of environments


def check_new(tags: Mapping[str, str], most: int, own_name: bool = False) -> None:
    """Raise OwnTag or TooManyTags if these cannot be put on something new; an environment has a `Name` of its own."""
    for key in tags:
        if key.lower().startswith(OWN) or (own_name and key == OWN_NAME):
            raise errors.OwnTag(key=key)
    if len(tags) > most:
        raise errors.TooManyTags(most=most)
