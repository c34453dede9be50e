"""How application servers are started anew: a command that keeps the version, by batches where a policy says so (1.15).

Policies that launch instances have nothing to launch here: what they would do all at once, a restart does too
[inferred].
"""

from collections.abc import Iterator

from beanpole.model import messages
from beanpole_workers.deployments.plan import Situation, Timed
from beanpole_workers.deployments.policies import Deployment, policy
from beanpole_workers.deployments.steps import Announce, Finish

COMMAND = "aws:elasticbeanstalk:command"
IN_BATCHES = {"rolling": "Rolling", "rollingwithadditionalbatch": "Rolling"}


def restart(situation: Situation) -> Iterator[Timed]:
    """Every instance keeps its version and the number of its deployment."""
    environment = situation.environment
    name = (situation.configuration.value(COMMAND, "DeploymentPolicy") or "").lower()
    deployment = Deployment(
        tuple(situation.fleet), environment.version_label, environment.deployment_id, doing="restart"
    )
    for step in policy(IN_BATCHES.get(name))(deployment):
        yield step, "restart"
    yield Announce(messages.APP_SERVERS_RESTARTED()), "restarted"
    yield Finish(), None
