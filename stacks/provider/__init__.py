"""Our Kubernetes provider for Pulumi: the same resources as the official plugin, where that can't be installed.

It speaks Pulumi's gRPC protocol for resource providers on the stubs that Pulumi's own wheel ships, and serves the typed
`pulumi_kubernetes` SDK unchanged. It is sound for what citynode's stacks declare; it refuses what it can't do soundly
(Secrets, Patch resources, Helm and YAML resources) instead of trying half of it.
"""
