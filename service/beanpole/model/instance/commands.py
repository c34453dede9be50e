"""The ways in which the commands of bundles are carried out."""

from typing import Literal

Commands = Literal["enact", "record", "run"]
