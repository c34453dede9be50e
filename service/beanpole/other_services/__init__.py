"""Clients of other services: S3, SQS, SNS and EventBridge, at an endpoint or in this process."""
