"""Source bundles as values: the directory of the archive, and the configuration files for instances."""
