//go:build tools

// Package tools names the programs that the resolver builds from this module.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
