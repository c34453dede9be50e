"""What the log files of an instance say, and where they are fetched."""
