"""moto's server in this process: imported at the first call that needs it, so a start takes no longer than without it.

Its accounts and regions are ours. No request makes moto reach a host or start a container: its own requests over HTTP
fail, as if no server listened.
"""

import threading
from collections.abc import Callable, Iterable
from functools import cached_property
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from beanpole.gateway import access_keys, account, scopes
from beanpole.gateway.access_keys import AccessKey
from beanpole.gateway.companion import Application, Companion, Storage
from beanpole.gateway.kept.failures import Away, Unreadable
from beanpole.gateway.refusals import refuse
from beanpole.gateway.signing_errors import Error, Refused
from beanpole.gateway.web_pages import answer_without_pages
from beanpole.model.logs.log_links import bucket_owner
from beanpole.store.connection import StoreError
from beanpole.text import log_lines

if TYPE_CHECKING:
    from beanpole.gateway.kept.keeper import Keeper

_NEEDED = ("moto", "flask_cors", "boto3")
_CREDENTIAL = "AWS4-HMAC-SHA256 Credential={}/20260101/{}/{}/aws4_request, SignedHeaders=host, Signature=0"
_OWN_ROUTES = "Of moto's own routes only POST /moto-api/reset is answered."
_FAILED = "moto does not carry out this call of {service}: it ends with {error} there."
_JSON = "application/x-amz-json"
_log = log_lines.logger("beanpole")


def is_installed() -> bool:
    """Tell whether the extra `companions` is installed, without importing it."""
    return all(find_spec(name) is not None for name in _NEEDED)


class Moto:
    """The application of moto's server; `names` are the names of this server, to which a bucket may be prefixed."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(names)
        self._lock = threading.RLock()
        self._loaded: Application | None = None
        self._make_keeper: Callable[[], Keeper] | None = None
        self._made_keeper: Keeper | None = None
        self._storage: Storage | None = None

    def keep(self, make_keeper: "Callable[[], Keeper]") -> None:
        """Write down what moto holds from its first call on, and read back what was written before."""
        self._make_keeper = make_keeper

    def own_storage(self, buckets: Storage | None) -> None:
        """From now on have the buckets of environments in S3, or with None no more."""
        self._storage = buckets

    @property
    def _keeper(self) -> "Keeper | None":
        """The keeper, made when something is to be kept, read or forgotten."""
        with self._lock:
            if self._make_keeper is not None and self._made_keeper is None:
                self._made_keeper = self._make_keeper()
            return self._made_keeper

    def companion(self) -> Companion:
        """The companion that passes every service to moto."""
        return Companion(default=self, forgetful=self, issuer=self.access_key)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request to the service that the gateway has recorded in it."""
        service = str(environ.get(scopes.SERVICE, "s3"))
        if scopes.is_of_moto(environ):
            return refuse(environ, start_response, service, "NotImplemented", _OWN_ROUTES, HTTPStatus.FORBIDDEN)
        if _names_no_operation(environ, service):
            return _refuse_unknown(environ, start_response, service)
        caller, region = account.of(environ)
        self.load()
        if not self._knows(service, region):
            message = f"Neither beanpole nor moto knows the service {service}."
            return refuse(environ, start_response, service, "NotImplemented", message)
        request = self._moto_request(environ, service, caller)
        if service == "s3" and self._storage is not None:
            self._storage.make_for(request["PATH_INFO"], caller, self.of_owner)
        return self._answer(request, start_response, service)

    def access_key(self, key_id: str) -> AccessKey | None:
        """The key of an id that moto's IAM or STS has issued; raises Refused if what was kept cannot be read."""
        account_id = access_keys.account_of(key_id)
        try:
            is_kept = self._keeper is not None and self._keeper.has_keys(account_id)
            if self._loaded is None and not is_kept:
                return None
            self.load()
            from beanpole.gateway import moto_keys

            return moto_keys.find(account_id, key_id) if is_kept or moto_keys.has_account(account_id) else None
        except (Away, StoreError) as error:
            raise Refused(Error("ServiceUnavailable", 503, f"{error}.")) from None
        except Unreadable as error:
            raise Refused(Error("NotImplemented", HTTPStatus.NOT_IMPLEMENTED, str(error))) from None

    def of_service(self, service: str) -> Application:
        """The application that answers for one service, whatever service a request names."""
        return lambda environ, start_response: self({**environ, scopes.SERVICE: service}, start_response)

    def of_owner(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a path-style request to S3 as the owner of the bucket, which a bucket of the service names."""
        owner = bucket_owner(environ["PATH_INFO"].strip("/").partition("/")[0])
        caller = owner.account_id if owner is not None else account.of(environ)[0]
        request = self._moto_request(environ, "s3", caller)
        if owner is not None:  # moto keeps the buckets of each partition for themselves
            request["HTTP_AUTHORIZATION"] = _CREDENTIAL.format(caller, owner.region, "s3")
        return self._answer(request, start_response, "s3")

    def forget(self, account_id: str | None) -> None:
        """Forget an account, or with None every account; before the first call there is nothing to forget."""
        if self._keeper is not None:
            self._keeper.forget(account_id, lambda: self._forget(account_id))
        else:
            self._forget(account_id)

    def _forget(self, account_id: str | None) -> None:
        if self._storage is not None:
            self._storage.forget(account_id)
        if self._loaded is not None:
            from beanpole.gateway import moto_state

            moto_state.forget(account_id)

    @cached_property
    def _has_rules(self) -> bool:
        """Tell whether rules of EventBridge were kept before moto was imported."""
        return self._keeper is not None and self._keeper.has("events")

    @property
    def may_have_rules(self) -> bool:
        """Tell whether EventBridge may have rules: before moto is imported, it has those alone that were kept."""
        return self._loaded is not None or self._has_rules

    def load(self) -> Application:
        """The application, imported once; concurrent calls wait for it."""
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    from beanpole.gateway import moto_state

                    make = moto_state.application
                    self._loaded = make() if self._keeper is None else self._keeper.around(make)
        return self._loaded

    def _knows(self, service: str, region: str) -> bool:
        from beanpole.gateway import moto_state

        return moto_state.has_backend(service, region)

    def _moto_request(self, environ: dict[str, Any], service: str, caller: str) -> dict[str, Any]:
        """The request as moto expects it: our account, the path as it came, and buckets in the path."""
        request = {**environ, "HTTP_X_MOTO_ACCOUNT_ID": caller, scopes.SERVICE: service}
        request["RAW_URI"] = scopes.target(environ)
        if scopes.has_broken_scope(request):  # moto takes the region from it
            request["HTTP_AUTHORIZATION"] = _CREDENTIAL.format(caller, account.of(environ)[1], service)
        if service == "s3":
            bucket = scopes.bucket_of_host(environ, self._names)
            if bucket is not None:
                for name in ("PATH_INFO", "RAW_URI"):
                    request[name] = f"/{bucket}{request[name]}"
            request["HTTP_HOST"] = "localhost"
        return request

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any], service: str) -> Iterable[bytes]:
        try:
            return answer_without_pages(self.load(), environ, start_response, service)
        except Refused:
            raise  # the body is not what was signed
        except ModuleNotFoundError as error:
            message = f"moto needs {error.name} for {service}: pip install 'beanpole[companions]'."
            return refuse(environ, start_response, service, "NotImplemented", message)
        except Away as error:
            return refuse(environ, start_response, service, "ServiceUnavailable", f"{error}.", 503)
        except Unreadable as error:
            return refuse(environ, start_response, service, "NotImplemented", str(error), HTTPStatus.NOT_IMPLEMENTED)
        except NotImplementedError as error:
            message = str(error) or f"moto does not implement this call of {service}."
            return refuse(environ, start_response, service, "NotImplemented", message)
        except Exception as error:  # noqa: BLE001  # moto's application passes on whatever its handlers raise
            from beanpole.gateway import moto_state

            if moto_state.is_of_unknown_operation(error):
                return _refuse_unknown(environ, start_response, service)
            name = type(error).__name__
            _log.warning("moto failed with %s at a call of %s", name, service)
            _log.debug("the failure of moto at a call of %s", service, exc_info=error)
            message, status = _FAILED.format(service=service, error=name), HTTPStatus.NOT_IMPLEMENTED
            return refuse(environ, start_response, service, "NotImplemented", message, status)


def _names_no_operation(environ: dict[str, Any], service: str) -> bool:
    """Tell whether a request to a JSON service lacks the header that names the operation."""
    is_json = service == "dynamodb" or str(environ.get("CONTENT_TYPE", "")).startswith(_JSON)
    is_named = "HTTP_X_AMZ_TARGET" in environ or "HTTP_SMITHY_PROTOCOL" in environ
    return is_json and not is_named and environ.get("PATH_INFO", "/") in ("", "/")


def _refuse_unknown(environ: dict[str, Any], start_response: Callable[..., Any], service: str) -> Iterable[bytes]:
    """Refuse an operation that the service does not have; JSON services have another code for that."""
    is_json = "HTTP_X_AMZ_TARGET" in environ or _names_no_operation(environ, service)
    code = "UnknownOperationException" if is_json else "InvalidAction"
    return refuse(environ, start_response, service, code, f"{service} has no operation of the name in this request.")
