"""A mypy plugin that gives `msgspec.structs.replace` the members of the value that it is called with.

msgspec declares it with `**changes: Any`, and checks nothing when it runs, so a wrong member or a wrong status would be
found when the value is next read from the store. mypy has such a plugin for `dataclasses.replace`, but not for this.
"""

from collections.abc import Callable

from mypy.meet import meet_types
from mypy.nodes import ARG_NAMED_OPT, ARG_POS
from mypy.plugin import FunctionSigContext, Plugin
from mypy.types import FunctionLike, Instance, Type, TypeVarType, UnionType, get_proper_type

REPLACE = "msgspec.structs.replace"


class TypedReplace(Plugin):
    """The only hook: the signature of a call of `replace`."""

    def get_function_signature_hook(self, fullname: str) -> Callable[[FunctionSigContext], FunctionLike] | None:
        return _signature if fullname == REPLACE else None


def _signature(context: FunctionSigContext) -> FunctionLike:
    """Every member as an optional keyword argument; as it is declared where the value's type is not known."""
    declared = context.default_signature
    if not context.args or len(context.args[0]) != 1:
        return declared
    value = get_proper_type(context.api.get_expression_type(context.args[0][0]))
    members = _members(value)
    if members is None:
        return declared
    return declared.copy_modified(
        arg_types=[value, *members.values()],
        arg_kinds=[ARG_POS, *([ARG_NAMED_OPT] * len(members))],
        arg_names=[None, *members],
        ret_type=value,
        variables=[],
    )


def _members(value: Type) -> dict[str, Type] | None:
    """The members of a Struct by name, of a union those that each of its types has; None for anything else."""
    value = get_proper_type(value)
    if isinstance(value, TypeVarType):
        return _members(value.upper_bound)
    if isinstance(value, UnionType):
        return _shared([_members(item) for item in value.items])
    if not isinstance(value, Instance) or "dataclass" not in value.type.metadata:
        return None
    names = [attribute["name"] for attribute in value.type.metadata["dataclass"]["attributes"]]
    return {name: value.type[name].type for name in names}


def _shared(types: list[dict[str, Type] | None]) -> dict[str, Type] | None:
    if None in types:
        return None
    first, *others = types
    return {
        name: declared if not others else _met(declared, [other[name] for other in others])
        for name, declared in first.items()
        if all(name in other for other in others)
    }


def _met(declared: Type, others: list[Type]) -> Type:
    for other in others:
        declared = meet_types(get_proper_type(declared), get_proper_type(other))
    return declared


def plugin(version: str) -> type[Plugin]:
    """The entry point of mypy, which passes its version."""
    return TypedReplace
