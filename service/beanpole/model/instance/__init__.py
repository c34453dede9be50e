"""What stands on an instance: its disk, what a deployment carries out on it, and what came of that."""
