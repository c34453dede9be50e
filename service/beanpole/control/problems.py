"""Problem documents (RFC 9457): the errors of the control routes."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Blueprint, Response, current_app
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from beanpole.store.commit import Conflict
from beanpole.store.connection import StoreError, reason


class InvalidBody(Exception):
    """A body that a route does not take; `reasons` by the names of its members."""

    def __init__(self, reasons: Mapping[str, Any]) -> None:
        super().__init__(str(reasons))
        self.reasons = reasons


class Problem(Exception):
    """An HTTP status, a sentence, and further members of the document."""

    def __init__(self, status: HTTPStatus, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.status = status
        self.document = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail} | more


def answer_for(blueprint: Blueprint) -> None:
    """Answer every exception of a view of the blueprint with a problem."""
    blueprint.register_error_handler(Problem, answer)
    blueprint.register_error_handler(InvalidBody, _invalid)
    blueprint.register_error_handler(StoreError, _unavailable)
    blueprint.register_error_handler(Conflict, _conflict)
    blueprint.register_error_handler(HTTPException, refusal)
    blueprint.register_error_handler(Exception, _bug)


def as_json(document: object, status: int = HTTPStatus.OK, kind: str = "application/json") -> Response:
    """An answer with a document; bytes are a document that is encoded already."""
    blob = document if isinstance(document, bytes) else msgspec.json.encode(document)
    return Response(blob, status, content_type=kind)


def answer(problem: Problem) -> Response:
    """An answer with the document of the problem."""
    response = as_json(problem.document, problem.status, "application/problem+json")
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def refusal(error: HTTPException) -> Response:
    """The answer to what Flask refuses itself: a method, a body that is too large or incomplete."""
    status = HTTPStatus(error.code or HTTPStatus.BAD_REQUEST)
    response = answer(Problem(status, error.description or status.phrase))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _invalid(error: InvalidBody) -> Response:
    return answer(Problem(HTTPStatus.BAD_REQUEST, "The body is not what this route takes.", errors=error.reasons))


def _conflict(_: Conflict) -> Response:
    return answer(Problem(HTTPStatus.CONFLICT, "The account kept changing: try again when it is idle."))


def _unavailable(error: StoreError) -> Response:
    current_app.logger.warning("the store is unavailable: %s", reason(error))
    return answer(Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"The store is unavailable: {reason(error)}"))


def _bug(_: Exception) -> Response:
    current_app.logger.exception("a control route failed")
    return answer(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "beanpole failed; its log says how."))
