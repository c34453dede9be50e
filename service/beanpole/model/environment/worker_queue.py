"""The queue that a worker environment reads: its own, or the user's."""

from beanpole.model.environment.environment import Environment
from beanpole.model.options.namespaces import SQSD

QUEUE_OPTION = (SQSD, "WorkerQueueURL")


def external_url(environment: Environment) -> str | None:
    """The URL of the user's queue that a worker environment reads; None without one."""
    settings = environment.option_settings
    urls = (setting.value for setting in settings if (setting.namespace, setting.option_name) == QUEUE_OPTION)
    return next(urls, None) or None if environment.is_worker else None


def url(environment: Environment) -> str | None:
    """The URL of the queue that a worker environment reads; None in a web environment, and before its creation."""
    own = environment.resource("worker-queue")
    return external_url(environment) or (own.endpoint if own is not None else None)
