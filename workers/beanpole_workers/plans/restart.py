"""How application servers are restarted: a command that keeps the version, by batches where a policy says so.

See docs/facts.md#restart.

Policies that launch instances have nothing to launch here: what they would do all at once, a restart does too
[inferred].
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
    """Every instance keeps its version and the number of its deployment."""
    environment = situation.environment
    restarted = replace(
        deployment(situation, environment.version_label, "restart"), deployment_id=environment.deployment_id
    )
    yield from policy_of(situation.configuration).in_place(restarted)
    yield Announce(messages.APP_SERVERS_RESTARTED()), after("restarted")
    yield Finish(), instantly
