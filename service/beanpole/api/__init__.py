"""The HTTP service: how a request passes through it, and which of them armed faults refuse."""
