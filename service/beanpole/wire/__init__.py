"""The query protocol, built from the spec; knows nothing of Elastic Beanstalk."""
