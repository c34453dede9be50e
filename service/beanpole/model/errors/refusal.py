"""The base class of all refusals, and the two codes that most of them have."""

from typing import ClassVar


class ServiceError(Exception):
    """A refusal of a request: code, HTTP status and sentence; `slots` are the values in the sentence."""

    code: ClassVar[str] = "InternalFailure"
    status: ClassVar[int] = 400
    sentence: ClassVar[str] = ""

    def __init__(self, **slots: object) -> None:
        self.message = self.sentence.format(**slots)
        super().__init__(self.message)

    @property
    def type(self) -> str:
        """`Sender` when the caller can mend it, `Receiver` when we must."""
        return "Sender" if self.status < 500 else "Receiver"


class InvalidParameterValue(ServiceError):
    """The service's favourite code: existence, duplicates and states all come under it."""

    code = "InvalidParameterValue"


class InvalidParameterCombination(ServiceError):
    """Parameters that are right one by one and wrong together."""

    code = "InvalidParameterCombination"


class Ordered(ServiceError):
    """A refusal that the user of the stand-in has armed as a fault, with the user's code, sentence and status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        Exception.__init__(self, message)
        self.message = message
        self.code = code  # type: ignore[misc]  # of this one instance
        self.status = status  # type: ignore[misc]  # of this one instance


class InternalFailure(ServiceError):
    """A bug of ours; its traceback is in the log."""

    code = "InternalFailure"
    status = 500
    sentence = "An internal error occurred"
