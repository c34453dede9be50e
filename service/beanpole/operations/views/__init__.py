"""How environments and their health are described in an answer."""
