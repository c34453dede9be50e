"""The addresses of environments: a WSGI application that answers there from the instances in service."""
