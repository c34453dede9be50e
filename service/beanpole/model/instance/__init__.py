"""An instance's disk, the deployments that are carried out on it, and their outcomes."""
