"""Loads, plays and commits: RQ jobs, the timekeeper, and retries."""
