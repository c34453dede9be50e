"""Errors with which the wire refuses a request before an operation sees it."""


class ProtocolError(Exception):
    """A request that breaks the protocol: a wire code, a sentence and an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class ValidationError(ProtocolError):
    """All broken constraints of a request, in one sentence."""

    def __init__(self, violations: list[str]) -> None:
        noun = "error" if len(violations) == 1 else "errors"
        super().__init__("ValidationError", f"{len(violations)} validation {noun} detected: {'; '.join(violations)}")
