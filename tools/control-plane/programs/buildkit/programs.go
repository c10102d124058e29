//go:build programs

// Package programs names the commands that are built from this module, so that go.mod and go.sum pin all they need.
package programs

import (
	_ "github.com/moby/buildkit/cmd/buildctl"
	_ "github.com/moby/buildkit/cmd/buildkitd"
)
