"""The pace of notices: what is new is sent soon, however long the last notices took."""

import json
from threading import Event

import pytest

from beanpole.machine.clock import real_now, sleep
from beanpole.store import keys
from beanpole.testing import ACCOUNT, REGION
from beanpole_workers.play import notices
from instances.notices import Companion, create, notification, sender, update
from options import PROPERTIES, option

SLOW = 0.4  # seconds that a slow companion takes for a call
BOUND = 10_000  # milliseconds: less than twenty times as long as two calls of it


class SlowCompanion(Companion):
    """A companion that takes long for each message, but works for none of it."""

    is_slow = True

    def publish(self, arn, subject, body):
        if self.is_slow:
            Event().wait(SLOW)
        super().publish(arn, subject, body)


def until(condition):
    end = real_now() + BOUND
    while not condition():
        assert real_now() < end
        sleep(0.01)


def dates(companion):
    return [json.loads(entry.detail)["EventDate"] for entry in companion.entries]


@pytest.mark.parametrize(("processor", "rest"), [(0, 250), (12, 250), (20, 400), (49, 980), (51, 1000), (10_000, 1000)])
def test_the_sender_rests_as_long_as_its_work_took_and_a_second_at_most(processor, rest):
    assert notices._rest(processor) == rest


def test_the_time_of_a_slow_companion_delays_no_later_notice(beanstalk):
    companion = SlowCompanion()
    thread = sender(beanstalk, companion.publishing)
    create(beanstalk, notification("Endpoint", "me@example.com"))
    beanstalk.until_ready("shop-web")
    thread.start()
    until(lambda: len(companion.messages) == 2 and companion.entries)
    companion.is_slow = False
    before = len(companion.entries)
    update(beanstalk, option(PROPERTIES, "COLOUR", "green"))
    until(lambda: "Environment update successful" in str(companion.entries[before:]))
    thread.stop()
    assert dates(companion) == sorted(dates(companion))


def test_one_look_sends_all_that_is_there(beanstalk):
    companion = Companion()
    looking = sender(beanstalk, companion.publishing)
    create(beanstalk)
    beanstalk.until_ready("shop-web")
    for colour in ("red", "green", "blue"):
        update(beanstalk, option(PROPERTIES, "COLOUR", colour))
    assert looking.look()
    world = beanstalk.store.world(ACCOUNT, REGION)
    sent = beanstalk.store.redis.hget(world.keys.notices, keys.BUSSED)
    assert sent == beanstalk.store.redis.xrevrange(world.keys.events, count=1)[0][0]
    assert str(companion.entries).count("Environment update successful") == 3
