"""Readers of the files that users write: source bundles, saved configurations, platform definitions."""
