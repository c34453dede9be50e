"""The place of `api-spec`, the folder that describes all requests and answers."""

from pathlib import Path


def directory() -> Path:
    """The path of `api-spec`: inside an installed package, else at the top of the checkout."""
    package = Path(__file__).resolve().parents[1]
    for path in (package / "api-spec", package.parents[1] / "api-spec"):
        if (path / "common.yaml").is_file():
            return path
    raise FileNotFoundError(f"no api-spec beside {package} or at the top of its checkout")
