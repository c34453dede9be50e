"""The states of moto's backends as bytes, and back.

moto has no form of its own for what it holds, and its ids, keys and instants cannot be drawn a second time, so the
objects themselves are pickled. What cannot be, or should not, has another form here: backends are referred to by name,
bodies of S3 by their file, and the policies that AWS manages by their ARN. Only classes and functions of moto and a few
of Python's are read back.
"""

import pickle
import types
from collections import defaultdict
from collections.abc import Callable, Collection
from enum import Enum
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from beanpole.gateway.kept import backends
from beanpole.gateway.kept import unpickling as names
from beanpole.gateway.kept.bodies import Body
from beanpole.gateway.kept.unpickling import Key
from beanpole.gateway.moto_state import CACHE, cached_in_instance

if TYPE_CHECKING:
    from weakref import WeakValueDictionary

_SHARED = frozenset({"Zone", "MethodWithGenericReturn"})  # constants of moto's, which every region has
PicklingError = pickle.PicklingError


class Written(NamedTuple):
    """A state, with the bodies and the other backends that it refers to, and the identities of the objects in it."""

    state: bytes
    bodies: frozenset[str]
    references: frozenset[Key]
    objects: frozenset[int]


def write(value: Any, own: Collection[Key], make_body: Callable[[str, bytes], Body]) -> Written:
    """The state of a value; of all backends only its `own` are part of it.

    `make_body` writes the content of an object of an account. Raises TypeError, AttributeError or PicklingError for
    what has no form.
    """
    buffer = BytesIO()
    pickler = _Pickler(buffer, own, make_body)
    pickler.dump(value)
    return Written(
        buffer.getvalue(), frozenset(pickler.bodies), frozenset(pickler.references), frozenset(pickler.objects)
    )


class _Pickler(pickle.Pickler):
    def __init__(self, file: BytesIO, own: Collection[Key], make_body: Callable[[str, bytes], Body]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.own, self.make_body = own, make_body
        self.bodies: set[str] = set()
        self.references: set[Key] = set()
        self.objects: set[int] = set()

    def reducer_override(self, value: Any) -> Any:
        """The form of a value, where it has another than pickle's."""
        kind: Any = type(value)
        if isinstance(value, type | types.FunctionType) and "<locals>" not in value.__qualname__:
            if not names.is_readable(value):
                raise PicklingError(f"{value.__module__}.{value.__qualname__} has no form")
            return NotImplemented
        form, is_tracked = _form(kind)
        if is_tracked:
            self.objects.add(id(value))
        return NotImplemented if form is None else form(self, value)


@cache
def _form(kind: Any) -> tuple[Callable[[_Pickler, Any], Any] | None, bool]:
    """The function that gives the form of values of a class, if it is not pickle's, and whether they have identity."""
    known = {f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__}
    form = next((FORMS[name] for name in FORMS if name in known), None)
    methods = [str(getattr(method, "__qualname__", "")) for base in kind.__mro__ for method in vars(base).values()]
    if form is None and any(method.startswith(cached_in_instance.__name__) for method in methods):
        return _without_caches, True
    is_constant = issubclass(kind, (type, Enum)) or kind.__name__ in _SHARED
    return form, form is None and not is_constant and kind.__module__.startswith("moto.")


def _without_caches(_: _Pickler, value: Any) -> Any:
    """An instance whose methods have caches in it, which may be iterators; they are made anew."""
    make, arguments, state, *more = value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    return make, arguments, {name: member for name, member in state.items() if not name.startswith(CACHE)}, *more


def _of_backend(pickler: _Pickler, value: Any) -> Any:
    key = backends.key_of(value)
    if key not in pickler.own:
        pickler.references.add(key)
        return names.backend, tuple(key)
    members = object.__getattribute__(value, "__dict__")
    state: dict[str, Any] = {name: member for name, member in members.items() if not name.startswith(CACHE)}
    if key.package == "iam":
        policies, of_aws = state.get("managed_policies", {}), state.get("aws_managed_policies", ())  # made when needed
        state["managed_policies"] = {arn: policy for arn, policy in policies.items() if not _is_of_aws(policy)}
        counts = {policy.arn: policy.attachment_count for policy in of_aws}
        state["aws_managed_policies"] = {arn: count for arn, count in counts.items() if count}
    return names.backend, tuple(key), state, None, None, names.set_backend


def _is_of_aws(policy: Any) -> bool:
    return type(policy).__name__ == "AWSManagedPolicy"


def _of_object(pickler: _Pickler, value: Any) -> Any:
    """An object of S3, whose body gets a file."""
    state = {name: member for name, member in value.__dict__.items() if name not in ("_value_buffer", "lock")}
    buffer, account_id, name = value._value_buffer, value.account_id, None
    if not getattr(buffer, "closed", False):
        if not isinstance(buffer, Body) or buffer.name is None:
            buffer.seek(0)
            buffer = value._value_buffer = pickler.make_body(account_id, buffer.read())
        name = buffer.name
        pickler.bodies.add(str(name))
    return names.blank, (type(value),), (state, account_id, name), None, None, names.set_object


def _of_policy(pickler: _Pickler, value: Any) -> Any:
    return names.policy, ("iam", "iam", value.account_id, value.partition, value.arn)


def _of_condition(_: _Pickler, value: Any) -> Any:
    return names.primitive, (type(value).__name__,)


def _of_lock(_: _Pickler, value: Any) -> Any:
    return names.primitive, ("RLock" if type(value).__name__ == "RLock" else "Lock",)


def _of_method(_: _Pickler, value: types.MethodType) -> Any:
    return names.method, (value.__self__, value.__func__.__name__)


def _of_weak(_: _Pickler, value: "WeakValueDictionary[Any, Any]") -> Any:
    return names.weak, (dict(value),)


def _of_default(_: _Pickler, value: Any) -> Any:
    """A dictionary with defaults of a class of moto's, which may begin with other arguments than Python's."""
    if type(value) is defaultdict:
        return NotImplemented
    return names.default, (type(value), value.default_factory), vars(value), None, iter(value.items())


def _of_function(_: _Pickler, value: types.FunctionType) -> Any:
    """A function within another one of moto's, if it has nothing but its code."""
    outer, _mark, name = value.__qualname__.rpartition(".<locals>.")
    if not outer or value.__closure__ or not value.__module__.startswith("moto."):
        return NotImplemented
    codes = names.inner_codes(value.__module__, outer, name)
    return names.inner, (value.__module__, outer, name, codes.index(value.__code__))


def _of_private_key(_: _Pickler, value: Any) -> Any:
    from cryptography.hazmat.primitives import serialization as form

    return names.private_key, (value.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption()),)


def _of_public_key(_: _Pickler, value: Any) -> Any:
    from cryptography.hazmat.primitives import serialization as form

    return names.public_key, (value.public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo),)


def _of_certificate(_: _Pickler, value: Any) -> Any:
    from cryptography.hazmat.primitives import serialization as form

    return names.certificate, (value.public_bytes(form.Encoding.DER),)


_KEYS = "cryptography.hazmat.bindings._rust.openssl"
FORMS: dict[str, Callable[[_Pickler, Any], Any]] = {
    "moto.core.base_backend.BaseBackend": _of_backend,
    "moto.s3.models.FakeKey": _of_object,
    "moto.iam.models.AWSManagedPolicy": _of_policy,
    "beanpole.gateway.kept.objects.KeptStore": lambda *_: (names.store, ()),
    "_thread.lock": _of_lock,
    "_thread.RLock": _of_lock,
    "threading.Condition": _of_condition,
    "threading.Event": _of_condition,
    "weakref.WeakValueDictionary": _of_weak,
    "collections.defaultdict": _of_default,
    "builtins.method": _of_method,
    "builtins.function": _of_function,
    **{f"{_KEYS}.{kind}.{kind.upper()}PrivateKey": _of_private_key for kind in ("rsa", "dsa")},
    **{f"{_KEYS}.{kind}.{kind.upper()}PublicKey": _of_public_key for kind in ("rsa", "dsa")},
    f"{_KEYS}.ec.ECPrivateKey": _of_private_key,
    f"{_KEYS}.ec.ECPublicKey": _of_public_key,
    f"{_KEYS}.ed25519.Ed25519PrivateKey": _of_private_key,
    f"{_KEYS}.ed25519.Ed25519PublicKey": _of_public_key,
    "cryptography.hazmat.bindings._rust.x509.Certificate": _of_certificate,
}
