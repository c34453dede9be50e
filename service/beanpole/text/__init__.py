"""Text that may come from anybody: matched in linear time, and logged on one line."""
