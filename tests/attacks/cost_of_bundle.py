"""The cost of a bundle: a process creates a version of it, while another account calls.

A process that has imported this forks for each bundle, on a world that was made before.
"""

import sys
from resource import RUSAGE_SELF, getrusage
from threading import Event, Thread
from time import process_time

from beanpole.testing import Beanstalk

OTHER = "999999999999"


def main() -> None:
    """Read a bundle; print seconds of the processor, megabytes above rest, and the longest call of the other account.

    The call is in milliseconds. All is the time of this process, so that others on the machine do not count.
    """
    WORLD.objects.write("bucket", "v1.zip", sys.stdin.buffer.read())
    other, ended, longest = WORLD.clients(account=OTHER), Event(), [0.0]

    def call() -> None:
        while not ended.wait(0.02):
            begun = process_time()
            other.describe_applications()
            longest[0] = max(longest[0], process_time() - begun)

    caller = Thread(target=call)
    caller.start()
    rest, begun = getrusage(RUSAGE_SELF).ru_maxrss, process_time()
    WORLD.client.create_application_version(
        ApplicationName="shop", VersionLabel="v1", SourceBundle={"S3Bucket": "bucket", "S3Key": "v1.zip"}
    )
    spent = process_time() - begun
    ended.set()
    caller.join()
    print(spent, (getrusage(RUSAGE_SELF).ru_maxrss - rest) / 1024, longest[0] * 1000)


def _prepared() -> Beanstalk:
    """A world with an application, and clients of both accounts that have called once."""
    world = Beanstalk(with_objects=True)
    world.client.create_application(ApplicationName="shop")
    world.clients(account=OTHER).describe_applications()
    return world


WORLD = _prepared()
