"""Repeated calls: a client that lost an answer repeats its call, and gets the answer to the first attempt.

AWS's clients give each call an id, which its repetitions have too, and number the attempts (botocore's
`add_retry_headers`). The answer to a call that changed something is committed together with the change, so there is
never one without the other. Only a call with the same id, the same parameters and a higher number gets it.
"""

import re
from hashlib import sha256

import msgspec
from werkzeug.datastructures import Headers

from beanpole.api.rendered import Rendered
from beanpole.model.changes.change import KeptAnswer
from beanpole.store.world import World
from beanpole.tables import limits
from beanpole.threads.decoders import PackDecoder
from beanpole.wire.query import Call

ID, ATTEMPT = "amz-sdk-invocation-id", "amz-sdk-request"
MOST_KEPT = limits.most("remembered_answer")

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_ATTEMPT = re.compile(r"attempt=([0-9]{1,6})\b")
_decoder = PackDecoder[Rendered](Rendered)


def name_of(headers: Headers, call: Call) -> str | None:
    """The name of a call: a digest of its id and its parameters; None without an id."""
    id_ = headers.get(ID, "")
    if not _ID.fullmatch(id_):
        return None
    return sha256(msgspec.json.encode((id_, call.action, call.version, call.variant, call.parameters))).hexdigest()[:32]


def keep(name: str | None, answer: Rendered) -> KeptAnswer | None:
    """The answer as it is committed with the change; None if the call has no name or the answer is too long."""
    if name is None or len(answer.body) > MOST_KEPT:
        return None
    return KeptAnswer(name, msgspec.msgpack.encode(answer))


def earlier(world: World, name: str | None, headers: Headers) -> Rendered | None:
    """The answer to an earlier attempt at this call; None for a first attempt."""
    number = _ATTEMPT.search(headers.get(ATTEMPT, "")[:100])
    if name is None or number is None or int(number[1]) < 2:
        return None
    answer = world.answer_to(name)
    return None if answer is None else _decoder.decode(answer)
