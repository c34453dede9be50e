"""Custom platforms, and the versions of all platforms."""
