"""The route of server-sent events: all that changes in a world, or about one environment, while the client listens.

A stream holds no thread where the HTTP server takes connections over (`beanpole.command.streaming`): the view answers
with the head and the first message, and hands the connection on. Under any other WSGI server the answer is a generator,
which holds a thread, so there only as many may be open as calls may wait.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from queue import SimpleQueue

from flask import Response, request

from beanpole.control import messages, waiting
from beanpole.control.messages import Wish
from beanpole.control.presence import HAND_OVER
from beanpole.control.problems import Problem
from beanpole.control.scope import Scope
from beanpole.control.streams import Stream
from beanpole.store import watch
from beanpole.store.watch import Position
from beanpole.tables import limits

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}


def get(scope: Scope) -> Response:
    """Messages from the position of `Last-Event-ID`, of `after`, or from now on."""
    name = request.args.get("environment")
    environment = None if name is None else scope.environment(name)
    _ = scope.clock  # an account that was never heard of begins with its clock
    position = _position(scope)
    if request.method == "HEAD":
        return _answer(iter(()))
    stream = scope.streams.seat(scope.world, position, Wish(None if environment is None else environment.id, _names()))
    if stream is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, limits.sentence("streams"))
    hand_over = request.environ.get(HAND_OVER)
    if hand_over is None:
        return _answer_with_seat(stream)
    hand_over(stream)
    return _answer(iter((messages.opening(position),)))


def _position(scope: Scope) -> Position:
    identifier = request.headers.get("Last-Event-ID") or request.args.get("after")
    if identifier is None:
        return watch.present(scope.store, scope.world)
    try:
        return watch.position_of(identifier)
    except ValueError:
        raise Problem(HTTPStatus.BAD_REQUEST, "Last-Event-ID and after are ids of messages of a stream.") from None


def _names() -> frozenset[str]:
    """The names of `messages`, or all."""
    names_text = request.args.get("messages")
    names = messages.NAMES if names_text is None else frozenset(names_text.split(","))
    if not names <= messages.NAMES:
        raise Problem(HTTPStatus.BAD_REQUEST, f"messages are some of {', '.join(sorted(messages.NAMES))}.")
    return names


def _answer_with_seat(stream: Stream) -> Response:
    """An answer that holds the thread that gives it; raises Problem if too many threads are held."""
    seats = ExitStack()
    seats.callback(stream.end)
    if not seats.enter_context(waiting.seat()):
        seats.close()
        raise waiting.too_many()
    response = _answer(_chunks(stream))
    response.call_on_close(seats.close)
    return response


def _answer(chunks: Iterator[bytes]) -> Response:
    return Response(chunks, content_type="text/event-stream; charset=utf-8", headers=_HEADERS)


def _chunks(stream: Stream) -> Iterator[bytes]:
    sink = _Pipe()
    yield messages.opening(stream.position)
    stream.begin(sink)
    while (chunk := sink.take()) is not None:
        yield chunk


class _Pipe:
    """A sink from which another thread takes."""

    def __init__(self) -> None:
        self._chunks: SimpleQueue[bytes | None] = SimpleQueue()
        self._unread = 0

    def take(self) -> bytes | None:
        """The next bytes, waited for; None at the end."""
        chunk = self._chunks.get()
        self._unread -= len(chunk or b"")
        return chunk

    def write(self, data: bytes) -> bool:
        """Leave bytes to be taken; true, since it is unknown here whether the client is gone."""
        self._unread += len(data)
        self._chunks.put(data)
        return True

    def unread(self) -> int:
        """The bytes that are not taken yet; two threads count, so it is near the truth."""
        return self._unread

    def close(self) -> None:
        """Let the taker come to the end."""
        self._chunks.put(None)
