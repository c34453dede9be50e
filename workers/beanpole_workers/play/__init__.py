"""The shell of the workers: RQ jobs load entities, play them and commit; the timekeeper, and retries."""
