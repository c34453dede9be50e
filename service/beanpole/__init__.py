"""The stand-in for Elastic Beanstalk: what answers."""
