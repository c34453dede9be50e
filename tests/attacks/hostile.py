"""Source bundles that mean harm."""

from collections.abc import Callable, Mapping
from zipfile import ZIP_DEFLATED

from archives import LINK, alike, zipped

Make = Callable[[int], bytes]


def many(name: Callable[[int], str], content: bytes = b"", mode: int = 0o100644) -> Make:
    return lambda size: alike(map(name, range(size)), content, mode)


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
    "zeros": lambda size: alike(
        (".ebextensions/a.config", "env.yaml", "Procfile", "a.bin"), bytes(size * 1_000), compression=ZIP_DEFLATED
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
