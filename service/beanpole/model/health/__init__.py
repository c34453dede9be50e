"""Health: what is observed of instances and environments, its causes, and when it is published."""
