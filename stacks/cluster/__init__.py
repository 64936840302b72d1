"""A thin, fast client for one Kubernetes API server: what the provider and the reach checks need, and no more."""
