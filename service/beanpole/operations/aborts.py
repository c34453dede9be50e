"""AbortEnvironmentUpdate: a running update stops where it is."""
