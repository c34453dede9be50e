"""The catalogue of the service: options, platforms, quotas and timings, as tables say."""
