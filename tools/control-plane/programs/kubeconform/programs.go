//go:build programs

// Package programs names the command that is built from this module, so that go.mod and go.sum pin all it needs.
package programs

import _ "github.com/yannh/kubeconform/cmd/kubeconform"
