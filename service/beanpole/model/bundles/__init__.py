"""Source bundles as values: the directory of the archive, and what its files ask of an instance."""
