"""The demo in lines, for an output that is not a terminal."""

from typing import Self

from rich.console import Console

from beanpole.command.demo.scene import Scene

_REMIND = 10  # seconds without a line after which a wait is printed


class Lines:
    """A screen that prints each event once, as `+12.3s  INFO  web  message`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._chapter = 0
        self._printed = 0
        self._last = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Restore nothing."""

    def show(self, scene: Scene) -> None:
        """Print what is new."""
        if scene.chapter > self._chapter:
            self._chapter = scene.chapter
            self._print(scene, scene.elapsed, "----", "demo", f"{scene.chapter}/{scene.chapters} {scene.title}")
        for line in scene.lines[self._printed :]:
            self._print(scene, line.at, line.severity, line.environment, line.message)
        self._printed = len(scene.lines)
        if scene.waits_for is not None and scene.elapsed - self._last > _REMIND:
            self._print(scene, scene.elapsed, "....", "demo", f"waiting for {scene.waits_for}")

    def _print(self, scene: Scene, at: float, severity: str, subject: str, text: str) -> None:
        self._last = scene.elapsed
        moment = f"+{at:.1f}s"
        self._console.print(f"{moment:<8}{severity:<6}{subject:<7}{text}".rstrip(), markup=False)
