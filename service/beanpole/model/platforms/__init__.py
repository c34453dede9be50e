"""Platforms: solution stacks, branches, and the filters of their lists."""
