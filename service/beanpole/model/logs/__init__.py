"""The log files of an instance, and the addresses from which they are fetched."""
