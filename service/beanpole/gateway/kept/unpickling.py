"""States of moto's backends, read back: classes and functions of moto, a few of Python's, and nothing else."""

import pickle
import sys
import threading
import types
from collections import defaultdict
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, NamedTuple, Protocol
from weakref import WeakValueDictionary

_LIBRARIES = ("moto.", "joserfc.")
_PYTHON = {
    "builtins": {"bytearray", "complex", "dict", "frozenset", "list", "object", "range", "set", "slice", "tuple"},
    "collections": {"Counter", "OrderedDict", "defaultdict", "deque"},
    "copyreg": {"_reconstructor", "__newobj__"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "ipaddress": {"IPv4Address", "IPv4Interface", "IPv4Network", "IPv6Address", "IPv6Interface", "IPv6Network"},
    "itertools": {"count"},
    "re": {"_compile"},
    "requests.structures": {"CaseInsensitiveDict"},
    "uuid": {"UUID"},
    "zoneinfo": {"ZoneInfo"},
}


class Key(NamedTuple):
    """The name of a backend: moto's package, its name of the service, the account, and the region or partition."""

    package: str
    service: str
    account_id: str
    region: str

    @property
    def field(self) -> str:
        return f"{self.package}/{self.service}/{self.region}"


class References(Protocol):
    """The source of the values to which a state refers."""

    def backend(self, key: Key) -> Any:
        """The backend of a name."""

    def body(self, account_id: str, name: str) -> Any:
        """The body of a name."""

    def policies(self, key: Key) -> Mapping[str, Any]:
        """The policies that AWS manages, by ARN, of a backend of IAM."""


def read(state: bytes, references: References) -> Any:
    """The value of a state; raises UnpicklingError, AttributeError and others for what this moto cannot read."""
    return _Unpickler(BytesIO(state), references).load()


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BytesIO, references: References) -> None:
        super().__init__(file)
        self._references = references

    def find_class(self, module: str, name: str) -> Any:
        """A class or function that a state may name; raises UnpicklingError for any other."""
        if module == __name__ and name in _READERS:
            return _bound(_READERS[name], self._references)
        value = super().find_class(module, name) if _may_be_there(module) else None
        if value is None or not is_readable(value):
            raise pickle.UnpicklingError(f"{module}.{name} is nothing that moto holds")
        return value


def is_readable(value: Any) -> bool:
    """Tell whether a state may name a class or a function."""
    module, name = getattr(value, "__module__", None) or "", getattr(value, "__qualname__", "")
    if isinstance(value, type | types.FunctionType) and module.startswith(_LIBRARIES):
        return True
    return name in _PYTHON.get(module, ()) or (module == __name__ and name in _READERS)


def _may_be_there(module: str) -> bool:
    return module in _PYTHON or module.startswith(_LIBRARIES)


def _bound(reader: Callable[..., Any], references: References) -> Callable[..., Any]:
    return lambda *arguments: reader(references, *arguments)


def _read_object(references: References, value: Any, state: tuple[dict[str, Any], str, str | None]) -> None:
    members, account_id, name = state
    value.__dict__.update(members)
    value.lock = threading.Lock()
    value._value_buffer = BytesIO() if name is None else references.body(account_id, name)


def _read_backend(references: References, value: Any, state: dict[str, Any]) -> None:
    if type(value).__module__ == "moto.iam.models":
        counts, own = state.pop("aws_managed_policies"), state.pop("managed_policies")
        if counts or own:  # else they are made when they are needed
            policies = references.policies(Key("iam", "iam", value.account_id, value.region_name))
            for arn, count in counts.items():
                policies[arn].attachment_count = count
            state["managed_policies"] = {**policies, **own}
    object.__getattribute__(value, "__dict__").update(state)


def _read_inner(_: References, module: str, outer: str, name: str, number: int) -> Any:
    return types.FunctionType(inner_codes(module, outer, name)[number], vars(sys.modules[module]), name)


def inner_codes(module: str, outer: str, name: str) -> list[types.CodeType]:
    """The codes of the functions of a name within a function of moto's."""
    function: Any = sys.modules[module]
    for part in outer.split("."):
        function = getattr(function, part)
    return [code for code in function.__code__.co_consts if isinstance(code, types.CodeType) and code.co_name == name]


def _read_key(kind: str, data: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization as form

    return form.load_der_private_key(data, None) if kind == "private" else form.load_der_public_key(data)


def _read_certificate(_: References, data: bytes) -> Any:
    from cryptography import x509

    return x509.load_der_x509_certificate(data)


def _read_store(_: References) -> Any:
    from beanpole.gateway.kept.objects import KeptStore

    return KeptStore()


def _read_default(_: References, kind: type[defaultdict[Any, Any]], factory: Any) -> Any:
    value: Any = defaultdict.__new__(kind)
    defaultdict.__init__(value, factory)
    return value


def _in_state(name: str) -> Callable[..., Any]:
    """A function by whose name a state calls its reader."""

    def named(*_: Any) -> Any:
        raise TypeError(f"{name} is the name of a reader of states, and is called by them alone")

    named.__qualname__ = named.__name__ = name
    return named


backend, set_backend, policy = _in_state("backend"), _in_state("set_backend"), _in_state("policy")
blank, set_object, store = _in_state("blank"), _in_state("set_object"), _in_state("store")
default = _in_state("default")
primitive, method, weak, inner = _in_state("primitive"), _in_state("method"), _in_state("weak"), _in_state("inner")
private_key, public_key, certificate = _in_state("private_key"), _in_state("public_key"), _in_state("certificate")

_READERS: dict[str, Callable[..., Any]] = {
    "backend": lambda references, *key: references.backend(Key(*key)),
    "set_backend": _read_backend,
    "policy": lambda references, *key: references.policies(Key(*key[:4]))[key[4]],
    "blank": lambda _, kind: kind.__new__(kind),
    "set_object": _read_object,
    "store": _read_store,
    "primitive": lambda _, name: {"Condition": threading.Condition, "Event": threading.Event}.get(
        name, threading.RLock if name == "RLock" else threading.Lock
    )(),
    "method": lambda _, value, name: getattr(value, name),
    "default": _read_default,
    "weak": lambda _, values: WeakValueDictionary(values),
    "inner": _read_inner,
    "private_key": lambda _, data: _read_key("private", data),
    "public_key": lambda _, data: _read_key("public", data),
    "certificate": _read_certificate,
}
