"""Readers of source bundles: contents and problems."""
