"""RebuildEnvironment and RestartAppServer: an environment or its servers begin anew."""
