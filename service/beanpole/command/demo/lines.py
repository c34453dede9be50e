"""The story in lines, for what is not a terminal."""

from typing import Self

from rich.console import Console

from beanpole.command.demo.scene import Scene

_REMIND = 10  # seconds of a silent wait


class Lines:
    """Every event once, as `+12.3s  INFO  web  message`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._chapter = 0
        self._told = 0
        self._spoke = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to put back."""

    def show(self, scene: Scene) -> None:
        """Say what has not been said."""
        if scene.chapter > self._chapter:
            self._chapter = scene.chapter
            self._say(scene, scene.elapsed, "----", "demo", f"{scene.chapter}/{scene.chapters} {scene.title}")
        for line in scene.lines[self._told :]:
            self._say(scene, line.at, line.severity, line.environment, line.message)
        self._told = len(scene.lines)
        if scene.waits_for is not None and scene.elapsed - self._spoke > _REMIND:
            self._say(scene, scene.elapsed, "....", "demo", f"waiting for {scene.waits_for}")

    def _say(self, scene: Scene, at: float, severity: str, who: str, text: str) -> None:
        self._spoke = scene.elapsed
        moment = f"+{at:.1f}s"
        self._console.print(f"{moment:<8}{severity:<6}{who:<7}{text}".rstrip(), markup=False)
