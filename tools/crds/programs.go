//go:build programs

// Package programs names controller-gen and the Flux API packages that it reads, so that go.mod and go.sum pin them all.
package programs

import (
	_ "github.com/fluxcd/helm-controller/api/v2"
	_ "github.com/fluxcd/kustomize-controller/api/v1"
	_ "github.com/fluxcd/notification-controller/api/v1"
	_ "github.com/fluxcd/source-controller/api/v1"
	_ "github.com/fluxcd/source-watcher/api/v2/v1beta1"
	_ "sigs.k8s.io/controller-tools/cmd/controller-gen"
)
