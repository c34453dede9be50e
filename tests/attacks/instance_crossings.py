"""A way to cross each limit of what deployments do on instances: what is beyond has the effect that the row names."""

import socket
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from beanpole.model.instance import content, substitution
from beanpole.model.instance.content import text
from beanpole.model.instance.posix_expression import NotRead
from beanpole.model.instance.progress import Item, Progress
from beanpole.model.instance.shell import script
from beanpole.model.instance.shell.session import Budget
from beanpole.model.instance.tree import fresh
from beanpole.tables import limits
from beanpole.traffic import applications
from beanpole.traffic.applications import passed_on
from beanpole.traffic.requests import Request

PLENTY = 50_000_000  # bytes of work


def is_carried_out(line: str) -> bool:
    return script.enact(fresh({}.get), line, "/srv", {}, Budget(PLENTY)) is not None


def progress() -> Progress:
    request: Any = SimpleNamespace(runs=False, enacts=True)
    return Progress(fresh({}.get), request)


def files_beyond_what_a_disk_keeps() -> None:
    def touch(number: int) -> str:
        return "; ".join(f"touch /srv/{index}" for index in range(number))

    most = limits.most("disk_nodes")
    assert is_carried_out(touch(most // 2))
    assert not is_carried_out(touch(most + 1))


def bytes_beyond_what_a_disk_keeps() -> None:
    most = limits.most("disk_bytes")
    assert is_carried_out(f"echo {'x' * (most // 2)} > /srv/x")
    assert not is_carried_out(f"echo {'x' * most} > /srv/x")


def work_beyond_that_of_a_deployment() -> None:
    fits, beyond = progress(), progress()
    beyond.budget.spend(limits.most("deployment_work"))
    assert fits.budget.left == limits.most("deployment_work")
    assert fits.enact("echo x > /srv/x", "/srv", {}) is not None
    assert beyond.enact("echo x > /srv/x", "/srv", {}) is None


def a_long_output() -> None:
    most = limits.most("shell_output")
    assert is_carried_out(f"echo {'x' * (most - 1_000)}")
    assert not is_carried_out(f"echo {'x' * most}")


def many_words_of_one() -> None:
    """Each pair of braces doubles the words."""
    pairs = limits.most("shell_words").bit_length()
    assert is_carried_out(f"echo {'{a,b}' * (pairs - 1)} > /dev/null")
    assert not is_carried_out(f"echo {'{a,b}' * pairs} > /dev/null")


def a_long_script_of_sed() -> None:
    most = limits.most("sed_commands")
    assert len(substitution.parse("s/a/b/;" * most, is_extended=False)) == most
    with pytest.raises(NotRead):
        substitution.parse("s/a/b/;" * (most + 1), is_extended=False)


def many_changes_by_sed() -> None:
    most = limits.most("sed_changes")
    assert is_carried_out("sed -i s/a/b/ /etc/hosts; " * most)
    assert not is_carried_out("sed -i s/a/b/ /etc/hosts; " * (most + 1))


def a_long_file_of_sed() -> None:
    most = limits.most("sed_file")
    script_of_sed = substitution.parse("s/x/yy/g", is_extended=False)
    assert content.edited(text(b"x" * most), script_of_sed) == text(b"y" * most)


def a_long_line_of_an_outcome() -> None:
    record = progress()
    record.add(Item("commands", "first", "x" * (limits.most("outcome_line") + 1)), "enacted")
    assert record.outcomes[0].line == "x" * limits.most("outcome_line")


def a_long_output_of_an_outcome() -> None:
    record = progress()
    record.add(Item("commands", "first", "ls"), "enacted", output="x" * (limits.most("outcome_output") + 1))
    assert record.outcomes[0].output == "x" * limits.most("outcome_output")


def _send(theirs: socket.socket, answer: bytes) -> None:
    with suppress(OSError):  # the proxy may have closed the connection
        theirs.sendall(answer)


def an_application(answer: bytes, status: str) -> None:
    """What the proxy makes of an answer of an application."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        Thread(target=_send, args=(theirs, answer), daemon=True).start()
        environ = EnvironBuilder(path="/").get_environ()
        assert passed_on(ours, Request(environ, "/"), "/").status == status


def an_answer_of_an_application_that_is_too_long_is_a_bad_gateway() -> None:
    size = limits.most("application_answer") + 1
    an_application(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size), "502 Bad Gateway")


def a_call_that_would_wait_for_an_application_beside_too_many_is_refused() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    slots = [applications.CALLS.acquire(blocking=False) for _ in range(limits.most("application_calls"))]
    try:
        assert all(slots)
        an_application(answer, "503 Service Temporarily Unavailable")
    finally:
        for _ in slots:
            applications.CALLS.release()
    an_application(answer, "200 OK")


ON_INSTANCES: Mapping[str, Callable[[], None]] = {
    "application_answer": an_answer_of_an_application_that_is_too_long_is_a_bad_gateway,
    "application_calls": a_call_that_would_wait_for_an_application_beside_too_many_is_refused,
    "disk_nodes": files_beyond_what_a_disk_keeps,
    "disk_bytes": bytes_beyond_what_a_disk_keeps,
    "deployment_work": work_beyond_that_of_a_deployment,
    "shell_output": a_long_output,
    "shell_words": many_words_of_one,
    "sed_commands": a_long_script_of_sed,
    "sed_changes": many_changes_by_sed,
    "sed_file": a_long_file_of_sed,
    "outcome_line": a_long_line_of_an_outcome,
    "outcome_output": a_long_output_of_an_outcome,
}
