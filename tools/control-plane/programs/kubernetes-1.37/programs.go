//go:build programs

// Package programs names the commands that are built from this module, so that go.mod and go.sum pin all they need.
package programs

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)
