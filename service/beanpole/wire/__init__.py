"""The query protocol, built from the spec; it knows nothing of Elastic Beanstalk."""
