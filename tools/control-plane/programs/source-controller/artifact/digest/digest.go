// Package digest chooses the algorithm that artifacts are digested with.
package digest

import (
	"fmt"

	"github.com/opencontainers/go-digest"
)

// Canonical is the algorithm of new artifacts.
var Canonical = digest.SHA256

// AlgorithmForName returns the algorithm of that name, if this program has it.
func AlgorithmForName(name string) (digest.Algorithm, error) {
	algorithm := digest.Algorithm(name)
	if !algorithm.Available() {
		return "", fmt.Errorf("digest algorithm %q: %w", name, digest.ErrDigestUnsupported)
	}
	return algorithm, nil
}
