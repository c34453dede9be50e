"""The lists of platforms, as the calls answer them."""

from beanpole.catalog import catalog

BRANCH = "Python 3.14 running on 64bit Amazon Linux 2023"
PLATFORMS = catalog.load().platforms


BOTH = ["WebServer/Standard", "Worker/SQS/HTTP"]
