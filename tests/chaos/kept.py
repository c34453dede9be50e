"""A server that keeps its state in a directory is killed, and its server of the directory with it, by the system."""

from pathlib import Path

from redis import Redis

from chaos import killing
from chaos.killing import Crew, Killing
from chaos.parties import MODULE, Party
from clients_environment import environment
from settings_of_processes import free_port


def run(folder: Path, kills: int, seed: int, pause: tuple[float, float] = (0.05, 1.0), stories: int = 1) -> Killing:
    """Tell the story and kill the server; returns the run."""
    port, data = free_port(), folder / "data"
    argv = [*MODULE, "serve", "--port", str(port), "--control-token", "secret", "--companion", "off"]
    server = Party("kept", folder, [*argv, "--speed", "instant", "--data", str(data)], environment(), port)

    def kill_server(killing_run: Killing) -> float:
        server.kill()
        server.start()
        return killing_run.recovery("the server")

    redis = Redis.from_url(f"unix://{data.absolute()}/valkey.sock")
    return killing.run(Crew(server, [server], redis, {"the server": kill_server}), kills, seed, pause, stories)
