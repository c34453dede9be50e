"""The descriptions of environments and of their health in answers."""
