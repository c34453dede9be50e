"""The stand-in for Elastic Beanstalk: the API, the command, the model and the store."""

__version__ = "0.3.0"
