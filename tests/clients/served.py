"""`beanpole serve` as a user starts it, and how an account sees it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import boto3

from clients_environment import CREDENTIALS, environment
from programs import Program


class Served:
    """A running server, as one account sees it: `control` posts to its control routes as that account."""

    def __init__(
        self, url: str, process: "subprocess.Popen[str]", account: str = CREDENTIALS["AWS_ACCESS_KEY_ID"]
    ) -> None:
        self.url = url
        self.process = process
        self.account = account

    def of(self, account: str) -> "Served":
        """The same server as another account sees it."""
        return Served(self.url, self.process, account)

    def control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """What a control route answers."""
        request = Request(
            f"{self.url}/_beanpole/{path}?account={self.account}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urlopen(request, timeout=60) as answer:
            read = answer.read()
            return dict(json.loads(read)) if read else {}

    def end(self, number: int) -> None:
        """End the server by a signal, and wait until it has ended."""
        self.process.send_signal(number)
        self.process.wait(timeout=20)

    def client(self, service: str = "elasticbeanstalk", region: str = "us-east-1") -> Any:
        """A boto3 client of the account."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=self.account,
            aws_secret_access_key="secret",
        )


@contextmanager
def starting(patience: int) -> Iterator[tuple[Callable[..., Served], list["subprocess.Popen[str]"]]]:
    """A function that starts a server, and all the processes that it has started, which end within so many seconds."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> Served:
        process = Program(["serve", "--port", "0", *arguments], stdout=subprocess.PIPE, text=True, env=environment())
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("beanpole is listening on http://127.0.0.1:"), line
        return Served(line.split()[-1], process)

    yield start, started
    for process in started:
        process.terminate()
        process.wait(timeout=patience)
        assert process.stdout is not None
        process.stdout.close()


def settings_of(client: Any, name: str) -> dict[tuple[str, str], str | None]:
    """The option settings of an environment of the application shop, by namespace and name."""
    answer = client.describe_configuration_settings(ApplicationName="shop", EnvironmentName=name)
    (description,) = answer["ConfigurationSettings"]
    return {
        (setting["Namespace"], setting["OptionName"]): setting.get("Value") for setting in description["OptionSettings"]
    }
