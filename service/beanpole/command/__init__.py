"""The `beanpole` command: its server, its settings, and its displays in the terminal."""
