"""The HTTP service: the way of a request through it, and the armed faults on that way."""
