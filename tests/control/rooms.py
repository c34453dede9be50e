"""Paths below `/_beanpole`, and methods, from which requests to the control routes are drawn."""

ROOMS = [
    "",
    "/",
    "/health",
    "/health/",
    "//health",
    "/reset",
    "/clock",
    "/clock/advance",
    "/faults",
    "/state",
    "/nowhere",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
