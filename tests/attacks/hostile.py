"""Source bundles that mean harm, and a process that creates a version of one while another account calls.

Run as a program it reads a bundle, and prints seconds of processor time, megabytes above rest, and the milliseconds of
the longest call of the other account.
"""

import sys
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from resource import RUSAGE_SELF, getrusage
from threading import Event, Thread
from time import process_time

from archives import LINK, member, zipped
from beanpole.testing import Beanstalk

Make = Callable[[int], bytes]


def many(name: Callable[[int], str], content: bytes = b"", mode: int = 0o100644) -> Make:
    def make(size: int) -> bytes:
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(size):
                archive.writestr(member(name(number), mode), content)
        return packed.getvalue()

    return make


def config(content: Callable[[int], str | bytes]) -> Make:
    return lambda size: zipped({".ebextensions/a.config": content(size)})


def chained(first: str, link: str) -> Callable[[int], str]:
    """Ten aliases of the line before in each line."""

    def content(size: int) -> str:
        lines = (
            link.format(number=number, aliases=",".join([f"*a{number - 1}"] * 10))
            for number in range(1, min(size, 4_000))
        )
        return "\n".join((first, *lines))

    return content


BUNDLES: Mapping[str, Make] = {
    "entries": many(lambda number: f"src/package/module{number:06}.py"),
    "folders": many(lambda number: f"{number:06}/" * 5),
    "hooks": many(lambda number: f".platform/hooks/predeploy/{number:06}-hook-of-a-long-name.sh", b"true"),
    "links": many(lambda number: f"link{number:06}", b"target", LINK),
    "names that lie": many(lambda number: f"..\\/../\n{number}\x1b[2J\u202e//./\x00x"),
    "configuration files": many(lambda number: f".ebextensions/{number:06}.config", b"commands: {a: {command: x}}"),
    "bad files": lambda size: zipped(
        {f".ebextensions/{number:03}.config": ("- " * 90 + "\n") * (size // 181) + "\t@" for number in range(30)}
    ),
    "zeros": lambda size: zipped(
        dict.fromkeys((".ebextensions/a.config", "env.yaml", "Procfile", "a.bin"), bytes(size * 1_000))
    ),
    "aliases": config(chained("option_settings:\n  n:\n    a0: &a0 {k: v}", "    a{number}: &a{number} [{aliases}]")),
    "aliased commands": config(
        lambda size: (
            "commands:\n  a: &a {command: " + "x" * size + "}\n" + "\n".join(f"  b{n}: *a" for n in range(3_000))
        )
    ),
    "merges": config(
        chained("commands:\n  a0: &a0 {k: v}", "  a{number}: &a{number} {{<<: [{aliases}], k{number}: v}}")
    ),
    "brackets": config(lambda size: "[" * size),
    "a map on a line": config(lambda size: "{" + ",".join(f"a{number}: b" for number in range(size // 10)) + "}"),
}


def measured(content: bytes) -> tuple[float, float, float]:
    """Seconds of the processor, megabytes above rest, and the longest call of the other account in milliseconds.

    All is the time of this process, so that others on the machine do not count.
    """
    world = Beanstalk(with_objects=True)
    world.client.create_application(ApplicationName="shop")
    world.objects.write("bucket", "v1.zip", content)
    other, ended, longest = world.clients(account="999999999999"), Event(), [0.0]
    other.describe_applications()

    def call() -> None:
        while not ended.wait(0.02):
            begun = process_time()
            other.describe_applications()
            longest[0] = max(longest[0], process_time() - begun)

    caller = Thread(target=call)
    caller.start()
    rest, begun = getrusage(RUSAGE_SELF).ru_maxrss, process_time()
    world.client.create_application_version(
        ApplicationName="shop", VersionLabel="v1", SourceBundle={"S3Bucket": "bucket", "S3Key": "v1.zip"}
    )
    spent = process_time() - begun
    ended.set()
    caller.join()
    return spent, (getrusage(RUSAGE_SELF).ru_maxrss - rest) / 1024, longest[0] * 1000


if __name__ == "__main__":
    print(*measured(sys.stdin.buffer.read()))
