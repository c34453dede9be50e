"""ComposeEnvironments: the environments of a group, from the manifests in their source bundles."""
