"""A server that keeps its state in a directory is killed, and its server of the directory with it, by the system.

With it goes another server, which has a companion and a directory of its own: the services of the companion are called
meanwhile, and must lose nothing that they acknowledged, either.
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
    port, other_port, data = free_port(), free_port(), folder / "data"

    def serve(name: str, at: int, directory: Path, *more: str) -> Party:
        argv = [*MODULE, "serve", "--port", str(at), "--control-token", "secret", "--speed", "instant"]
        return Party(name, folder, [*argv, "--data", str(directory), *more], environment(), at)

    server = serve("kept", port, data, "--companion", "off")
    beside = serve("companion", other_port, folder / "other")
    companions = Companions(other_port, seed)

    def kill_server(killing_run: Killing) -> float:
        if killing_run.counts["kills"] % 2:  # else other services may not have answered since the start
            companions.await_calls(CALLS)
        for party in (server, beside):
            party.kill()
        companions.may_call.clear()  # until it answers, so that the recovery is that of a start alone
        for party in (server, beside):
            party.start()
        try:
            return killing_run.recovery("the server")
        finally:
            companions.may_call.set()

    redis = Redis.from_url(f"unix://{data.absolute()}/valkey.sock")
    crew = Crew(server, [server, beside], redis, {"the server": kill_server}, companions)
    return killing.run(crew, kills, seed, pause, stories)
