"""The programs inside a sandbox; they import the standard library and each other, since nothing else is there."""
