"""Content edges (CDN): what each shall serve, looked at from outside and brought there."""
