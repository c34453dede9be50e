"""The EB CLI, unmodified; it pins what the house pins otherwise, so it shares nothing with us."""

import shlex
from pathlib import Path

import cached
from clients_environment import environment
from forked import Answers, Commands, Running

REQUIREMENT = "awsebcli==3.27.5"
MAIN = "import sys; from ebcli.core.ebcore import main; sys.argv[0] = 'eb'; main()"
ENTRY = "ebcli.core.ebcore:main"
LISTS = ("", "config", "labs", "platform", "appversion")  # whose help lists commands
NOT_DRIVEN = {
    "local": "runs containers of Docker on this machine",
    "migrate": "reads the sites of IIS, so it runs on Windows only",
}
NOWHERE = "http://127.0.0.1:9"  # where it looks for newer versions of itself: nobody answers, and nobody is asked


def installed() -> Path:
    """The folder; the test is skipped, and says why, where pip cannot bring it."""
    return cached.folder(REQUIREMENT, lambda target: cached.install(target, REQUIREMENT))


class Eb:
    """`eb` as a user has it in the folder of a project, with one endpoint for all services, and a key of its own."""

    def __init__(self, commands: Commands, project: Path, url: str, account: str) -> None:
        self.project = project
        self.variables = environment(
            HOME=str(project),
            AWS_ENDPOINT_URL=url,
            AWS_ACCESS_KEY_ID=account,
            https_proxy=NOWHERE,
            BROWSER="echo opens %s",
            LINES="60",
            COLUMNS="160",
        )
        self.driven: set[str] = set()
        self._commands = commands

    def __call__(self, *arguments: str, status: int = 0, stdin: str = "", answers: Answers = ()) -> str:
        """What it prints, once it has ended with that status; on a terminal, where there are answers to type."""
        ran = self.start(*arguments, terminal=bool(answers)).end(stdin, answers)
        assert ran.status == status, f"eb {' '.join(arguments)}: {ran.status}\n{ran.printed}"
        return ran.printed

    def start(self, *arguments: str, terminal: bool = True) -> Running:
        """A command that is on its way."""
        self.driven |= {arguments[0], " ".join(arguments[:2])}
        return self._commands.start(arguments, self.project, self.variables, terminal)

    def edit(self, expression: str) -> None:
        """From now on its editor changes a file by this expression of sed."""
        self.variables["EDITOR"] = f"sed -i -e {shlex.quote(expression)}"

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        file = self.project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
