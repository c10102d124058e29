//go:build programs

// Package programs names controller-gen, so that go.mod and go.sum pin it.
package programs

import _ "sigs.k8s.io/controller-tools/cmd/controller-gen"
