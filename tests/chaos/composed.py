"""The processes of the composition, on a Redis that keeps what it acknowledges, are killed one after the other.

They are the image's server and two workers, by the very commands that `docker-compose.yml` names. Redis or a worker is
started again at once or after a while; the server at once, as its restart policy says.
"""

from pathlib import Path

from redis import Redis

from beanpole.machine.clock import sleep
from chaos import killing
from chaos.killing import Crew, Killing
from chaos.parties import Party, gunicorn
from clients_environment import environment
from house.container import compose
from killable import Server
from settings_of_processes import program

ABSENCES = (0, 0, 0.3, 3)  # seconds until Redis is there again


class Composed:
    """Redis, the server and two workers, and how each is killed."""

    def __init__(self, folder: Path) -> None:
        self.redis = Server(folder)
        self.server = gunicorn("service", folder, self.redis.url, "instant", is_forked=False)
        command = compose()["services"]["worker"]["command"]
        variables = environment(BEANPOLE_REDIS_URL=self.redis.url)
        self.workers = [Party(f"worker-{n}", folder, program(command), variables) for n in (0, 1)]

    def crew(self) -> Crew:
        """All of them."""
        victims = {
            "Redis": self.kill_redis,
            "a worker": self.kill_worker,
            "the service": self.kill_server,
            "a process of the service": self.kill_child,
        }
        return Crew(self.server, [self.server, *self.workers], Redis.from_url(self.redis.url), victims)

    def kill_redis(self, killing_run: Killing) -> float:
        """Redis dies, and is away for a while."""
        self.redis.kill()
        sleep(killing_run.chance.choice(ABSENCES))
        self.redis.start()
        return killing_run.recovery("Redis")

    def kill_worker(self, killing_run: Killing) -> float:
        """A worker dies; either it is started at once, or the other one must go on with its work first."""
        worker = killing_run.chance.choice(self.workers)
        at_once = killing_run.chance.random() < 0.5
        worker.kill()
        if at_once:
            worker.start()
        seconds = killing_run.recovery("a worker")
        if not at_once:
            worker.start()
        return seconds

    def kill_server(self, killing_run: Killing) -> float:
        """The server dies, with all its processes."""
        self.server.kill()
        self.server.start()
        return killing_run.recovery("the service")

    def kill_child(self, killing_run: Killing) -> float:
        """A process of the server dies; gunicorn starts another."""
        self.server.kill_child(killing_run.chance.choice)
        return killing_run.recovery("a process of the service")


def run(folder: Path, kills: int, seed: int, pause: tuple[float, float] = (0.05, 1.0), stories: int = 1) -> Killing:
    """Tell the story and kill processes; returns the run."""
    composed = Composed(folder)
    try:
        return killing.run(composed.crew(), kills, seed, pause, stories)
    finally:
        composed.redis.close()
