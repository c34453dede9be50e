"""The statuses of an environment and of its health, in the words of DescribeEnvironments."""

from typing import Literal

Status = Literal["Launching", "Updating", "Ready", "Terminating", "Terminated", "Aborting", "LinkingFrom", "LinkingTo"]
HealthStatus = Literal["No Data", "Unknown", "Pending", "Ok", "Info", "Warning", "Degraded", "Severe", "Suspended"]
Color = Literal["Green", "Yellow", "Red", "Grey"]

COLORS: dict[HealthStatus | None, Color] = {
    "Ok": "Green",
    "Info": "Green",
    "Warning": "Yellow",
    "Degraded": "Red",
    "Severe": "Red",
}
