"""Ids, ARNs and the names of resources."""
