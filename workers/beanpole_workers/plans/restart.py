"""The restart of application servers: a command that keeps the version, by batches if a policy says so.

See docs/facts.md#restart.

A policy that launches instances has nothing to launch here, so the restart is all at once [inferred].
"""

from collections.abc import Iterator

from msgspec.structs import replace

from beanpole.model.events import messages
from beanpole.model.plan.durations import Timed, after, instantly
from beanpole.model.plan.plan import Situation
from beanpole.model.plan.steps import Announce, Finish
from beanpole_workers.plans.deployment import deployment
from beanpole_workers.plans.policies import policy_of


def restart(situation: Situation) -> Iterator[Timed]:
    """Run the command; every instance keeps its version and its deployment id."""
    environment = situation.environment
    restarted = replace(
        deployment(situation, environment.version_label, "restart"), deployment_id=environment.deployment_id
    )
    yield from policy_of(situation.configuration).in_place(restarted)
    yield Announce(messages.APP_SERVERS_RESTARTED()), after("restarted")
    yield Finish(), instantly
