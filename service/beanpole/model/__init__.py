"""Frozen values and pure functions over them."""
