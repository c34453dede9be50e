"""The `beanpole` command: its server, its settings, and what it shows in the terminal."""
