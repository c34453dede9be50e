"""Environments: their instances, resources, and the requests that they are busy with."""
