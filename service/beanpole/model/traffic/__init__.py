"""Requests to environments: who answers them."""
