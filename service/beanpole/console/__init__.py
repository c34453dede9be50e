"""The console in the browser: pages without data, whose scripts call the API and the control routes."""
