"""A server that keeps its state in a directory is killed, and its server of the directory with it, by the system.

Meanwhile another client calls the services of its companion, which must lose nothing that they acknowledged, either.
"""

from pathlib import Path

from redis import Redis

from chaos import killing
from chaos.companions import Companions
from chaos.killing import Crew, Killing
from chaos.parties import MODULE, Party
from clients_environment import environment
from settings_of_processes import free_port

CALLS = 5  # of other services, before every second kill


def run(folder: Path, kills: int, seed: int, pause: tuple[float, float] = (0.05, 1.0), stories: int = 1) -> Killing:
    """Tell the story and kill the server; returns the run."""
    port, data = free_port(), folder / "data"
    argv = [*MODULE, "serve", "--port", str(port), "--control-token", "secret"]
    server = Party("kept", folder, [*argv, "--speed", "instant", "--data", str(data)], environment(), port)

    companions = Companions(port, seed)

    def kill_server(killing_run: Killing) -> float:
        if killing_run.counts["kills"] % 2:  # else other services may not have answered since the start
            companions.await_calls(CALLS)
        server.kill()
        companions.may_call.clear()  # until it answers, so that the recovery is that of a start alone
        server.start()
        try:
            return killing_run.recovery("the server")
        finally:
            companions.may_call.set()

    redis = Redis.from_url(f"unix://{data.absolute()}/valkey.sock")
    return killing.run(
        Crew(server, [server], redis, {"the server": kill_server}, companions), kills, seed, pause, stories
    )
