"""Uses of moto's internals, imported when moto's application is made.

moto has no interface for forgetting one account, nor for keeping its own requests in, so both are done here and nowhere
else. `moto_network` has those of its EC2, `moto_policies` those of its IAM,
`moto_models` those of its models of services.
"""

import threading
from collections.abc import Callable, Iterable
from functools import _lru_cache_wrapper
from importlib import import_module
from typing import Any

from beanpole.gateway import account, moto_keys, moto_models, moto_network, moto_policies, scopes
from beanpole.gateway.companion import Application
from beanpole.model.names import naming

_ALIASES = frozenset(  # signing names whose backends moto's server finds by more than the name
    (
        *("aidevops", "bedrock", "bedrock-agentcore", "budgets", "cloudfront", "dsql", "dynamodb", "eventbridge"),
        *("execute-api", "iotdata", "mediastore", "memorydb", "mobiletargeting", "payment-cryptography", "s3"),
        *("s3vectors", "sagemaker", "ses", "timestream"),
    )
)
_WELL_KNOWN = ("/.well-known/jwks.json", "/.well-known/openid-configuration")
CACHE = "_cache_of_"  # begins the members of instances that are caches of their methods
_current = threading.local()


def application() -> Application:
    """moto's server: with the policies that AWS manages, in any region, without containers and requests of its own."""
    settings: Any = import_module("moto.settings")
    base_backend: Any = import_module("moto.core.base_backend")
    default_user_config: Any = import_module("moto.core.config").default_user_config
    settings.DISABLE_GLOBAL_CORS = True  # foreign pages are refused, so none needs the headers
    base_backend.allow_unknown_region = lambda: True
    default_user_config["iam"]["load_aws_managed_policies"] = True
    default_user_config["batch"]["use_docker"] = default_user_config["lambda"]["use_docker"] = False
    moto_models.share()
    moto_network.share()
    _keep_requests_in()
    _name_instance_profiles()
    moto_policies.share()
    moto_keys.issue_for_sessions()
    _release_what_is_dropped()
    werkzeug_app: Any = import_module("moto.moto_server.werkzeug_app")
    server = _dispatcher(werkzeug_app.DomainDispatcherApplication)(werkzeug_app.create_backend_app)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        _current.call = True
        try:
            pieces: Iterable[bytes] = server(environ, start_response)
            return pieces
        finally:
            _current.call = False

    return answer


def _dispatcher(base: Any) -> Any:
    """moto's dispatcher, which gets the service from the gateway alone.

    moto's own dispatcher takes the service of an unsigned request from its path, its target or its body. So a request
    could be admitted as a read of an object, and then be a call of another service. Keys of Cognito are known by their
    path.
    """

    class Dispatcher(base):  # type: ignore[misc]  # moto has no types here
        def infer_service_region_host(self, environ: dict[str, Any], path: str) -> Any:
            service, region = environ[scopes.SERVICE], account.of(environ)[1]
            if service != "s3" or not path.rstrip("/").endswith(_WELL_KNOWN):
                scope = f"AWS4-HMAC-SHA256 Credential=key/20260101/{region}/{service}/aws4_request"
                environ = {**environ, "HTTP_AUTHORIZATION": scope}
            return super().infer_service_region_host(environ, path)

    return Dispatcher


def has_backend(service: str, region: str) -> bool:
    """Tell whether moto's server knows a service; for others it would end in a traceback."""
    patterns = import_module("moto.backend_index").backend_url_patterns
    address = f"http://{service}.{region}.amazonaws.com"
    return service in _ALIASES or any(pattern.match(address) for _, pattern in patterns)


def is_of_unknown_operation(error: Exception) -> bool:
    """Tell whether an error of moto means that the public model of the service has no such operation."""
    return isinstance(error, import_module("botocore.model").OperationNotFoundError)


def forget(account_id: str | None) -> None:
    """Forget the state of an account in every service, or with None that of all accounts."""
    base_backend: Any = import_module("moto.core.base_backend")
    if account_id is None:
        base_backend.BackendDict.reset()
        import_module("moto.core.model_instances").reset_model_data()
        return
    with base_backend.backend_lock:
        for backends in base_backend.BackendDict._instances:
            accounts = getattr(backends, "bucket_accounts", {})
            for bucket in [name for name, (_, owner) in accounts.items() if owner == account_id]:
                del accounts[bucket]
            _drop(dict.pop(backends, account_id, {}))


def _drop(backends: dict[str, Any]) -> None:
    """Drop the backends of an account in one service, by region; moto's cache of regions refers to them as a whole."""
    for backend in backends.values():
        if "reset" in vars(type(backend)):  # it has files or threads to end
            backend.reset()
    backends.clear()


def _release_what_is_dropped() -> None:
    """Let nothing but its account keep what moto has made.

    moto keeps a list of all instances for its dashboard, and some methods have a cache of all instances.
    """
    prepared = set[Any]()
    for base in (
        import_module("moto.core.common_models").BaseModel,
        import_module("moto.core.base_backend").BaseBackend,
    ):

        def make(cls: Any, *_: Any, base: Any = base, **__: Any) -> Any:
            if cls not in prepared:
                prepared.add(cls)
                _prepare(cls)
            return super(base, cls).__new__(cls)

        base.__new__ = make


def _prepare(cls: Any) -> None:
    """Have an instance of a class keep the caches of its methods, and close its files when it is dropped."""
    for owner in cls.__mro__:
        for name, method in list(vars(owner).items()):
            if isinstance(method, _lru_cache_wrapper):
                setattr(owner, name, cached_in_instance(name, method.__wrapped__))
    if "dispose" in vars(cls):
        cls.__del__ = cls.dispose


def cached_in_instance(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method with a cache in each instance."""

    def call(self: Any, *values: Any) -> Any:
        cache = vars(self).setdefault(f"{CACHE}{name}", {})
        if values not in cache:
            cache[values] = method(self, *values)
        return cache[values]

    return call


def _name_instance_profiles() -> None:
    """Give instance profiles in IAM the ids that EC2 shows for the profiles of environments."""
    profile: Any = import_module("moto.iam.models").InstanceProfile
    begin = profile.__init__
    if begin.__module__ == __name__:
        return

    def begin_with_our_id(self: Any, *values: Any, **keywords: Any) -> None:
        begin(self, *values, **keywords)
        self.id = naming.profile_id(self.account_id, self.name)

    profile.__init__ = begin_with_our_id


def _keep_requests_in() -> None:
    """Answer moto's own requests during a call with 503, such as those of SNS to the address of a subscriber."""
    requests: Any = import_module("requests")
    send_before = requests.Session.send
    if send_before.__module__ == __name__:
        return

    def send(session: Any, request: Any, **named: Any) -> Any:
        if not getattr(_current, "call", False):
            return send_before(session, request, **named)
        response = requests.Response()
        response.status_code, response.request, response.url = 503, request, request.url
        response._content = b""
        return response

    requests.Session.send = send
