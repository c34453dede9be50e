"""Notices of events beyond the log: messages to a topic of SNS, and events of EventBridge."""
