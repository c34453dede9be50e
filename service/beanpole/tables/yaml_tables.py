"""Tables in YAML: a key is there once in its mapping, because a second would replace the first unseen."""

from collections.abc import Hashable
from typing import Any

import yaml


class Malformed(ValueError):
    """A text that is no table, in the words of the parser."""


class Unique(yaml.constructor.SafeConstructor):
    """Makes mappings of nodes, and refuses one that has a key twice; keys that a merge brings may be overridden."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """The mapping; raises ConstructorError, with the place of the second key, if it has one twice."""
        if isinstance(node, yaml.MappingNode):
            _hold_unique(node)
        return super().construct_mapping(node, deep)


class _Loader(Unique, yaml.CSafeLoader):
    pass


def parse(text: bytes) -> Any:
    """The content of a text; raises Malformed if it is not YAML, or if a mapping in it has a key twice."""
    try:
        return yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        raise Malformed(str(error)) from None


def _hold_unique(node: yaml.MappingNode) -> None:
    scalars = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    if len({(key.tag, key.value) for key in scalars}) == len(scalars):
        return
    keys: set[tuple[str, str]] = set()
    for key in scalars:
        if (key.tag, key.value) in keys:
            raise yaml.constructor.ConstructorError(
                "while reading a mapping", node.start_mark, f"found the key {key.value} twice", key.start_mark
            )
        keys.add((key.tag, key.value))
