"""What moto holds outlives the process: each call's change is written down before its answer leaves."""
