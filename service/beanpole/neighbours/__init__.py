"""Views of environments through the services that own their resources on AWS."""
