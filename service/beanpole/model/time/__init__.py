"""Clocks of accounts, and schedules of periodic tasks."""
