"""A companion that records its calls, and that can be unreachable or refuse."""

from beanpole.catalog import catalog
from beanpole.other_services.publishing import Missing, Publishing, Unanswered
from beanpole.testing import ACCOUNT, REGION
from beanpole_workers.play.notices import Notices
from environments import STACK
from options import SINGLE, option

TOPICS = "aws:elasticbeanstalk:sns:topics"
ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:"


class Companion:
    """Topics and a bus of every account; `trouble` is raised by each call, as long as there is one."""

    def __init__(self):
        self.trouble = None
        self.heard = True
        self.has_rule = True
        self.topics = {}
        self.messages = []
        self.entries = []
        self.calls = 0

    @property
    def publishing(self):
        return Publishing(lambda *_: self, lambda *_: self, lambda: self.heard)

    def _called(self):
        self.calls += 1
        if self.trouble is not None:
            raise self.trouble

    def _check(self, arn):
        if arn not in self.topics:
            raise Missing("Topic does not exist")

    def make(self, name):
        self._called()
        self.topics.setdefault(ARN + name, set())
        return ARN + name

    def subscribe(self, arn, protocol, endpoint):
        self._called()
        self._check(arn)
        self.topics[arn].add((protocol, endpoint))
        return f"{arn}:{endpoint}"

    def unsubscribe(self, subscription):
        self._called()
        arn, _, endpoint = subscription.rpartition(":")
        self._check(arn)
        self.topics[arn] = {topic for topic in self.topics[arn] if topic[1] != endpoint}

    def remove(self, arn):
        self._called()
        self._check(arn)
        del self.topics[arn]

    def publish(self, arn, subject, body):
        self._called()
        self._check(arn)
        self.messages.append((arn, subject, body))

    def has_rules(self):
        self._called()
        return self.has_rule

    def put(self, entries):
        self._called()
        self.entries += entries


def unanswered():
    """The error of an unreachable companion."""
    return Unanswered("Could not connect to the endpoint URL")


def sender(world, publishing, name="first"):
    """The sender of a world's notices, without its thread: the test calls `look`."""
    return Notices(world.store, catalog.load(), publishing, name)


def create(world, *settings):
    """An environment that is about to be launched."""
    world.client.create_application(ApplicationName="shop")
    world.client.create_environment(
        ApplicationName="shop",
        EnvironmentName="shop-web",
        SolutionStackName=STACK,
        OptionSettings=[SINGLE, *settings],
    )


def update(world, *settings):
    """Change options of the environment, and wait until it is Ready."""
    world.client.update_environment(EnvironmentName="shop-web", OptionSettings=list(settings))
    world.until_ready("shop-web")


def notification(name, value):
    """An option of the topic for notices."""
    return option(TOPICS, f"Notification {name}", value)
