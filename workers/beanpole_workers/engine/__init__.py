"""Plays plans: what a step does, when it ends, and what goes on beside it."""
