"""Our Kubernetes provider for Pulumi: the same resources as the official plugin, where that can't be installed.

It speaks Pulumi's gRPC protocol for resource providers on the stubs that Pulumi's own wheel ships, and serves the typed
`pulumi_kubernetes` SDK unchanged: checks, diffs with what forces a replacement, previews by server-side dry run, waits until
objects are ready, names who owns a field, imports. Secrets are marked as such whatever the program says, so that Pulumi
encrypts them. It refuses what it can't do soundly (Patch resources, Helm and YAML resources) instead of trying half of it.
"""
