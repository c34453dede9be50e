"""Plays plans: the effects of steps, their durations, and the events beside them."""
