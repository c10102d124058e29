package storage

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/artifact/digest"
	godigest "github.com/opencontainers/go-digest"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Copy stores what the reader has and notes digest, size and time in the artifact.
func (s *Storage) Copy(artifact *meta.Artifact, reader io.Reader) error {
	return s.write(artifact, func(file io.Writer) error {
		_, err := io.Copy(file, reader)
		return err
	})
}

// CopyFromPath stores a file.
func (s *Storage) CopyFromPath(artifact *meta.Artifact, source string) error {
	file, err := os.Open(source)
	if err != nil {
		return err
	}
	defer file.Close()
	return s.Copy(artifact, file)
}

// VerifyArtifact fails unless the stored file has the artifact's digest.
func (s *Storage) VerifyArtifact(artifact meta.Artifact) error {
	expected, err := godigest.Parse(artifact.Digest)
	if err != nil {
		return fmt.Errorf("artifact digest %q: %w", artifact.Digest, err)
	}
	file, err := os.Open(s.LocalPath(artifact))
	if err != nil {
		return err
	}
	defer file.Close()
	verifier := expected.Verifier()
	if _, err := io.Copy(verifier, file); err != nil {
		return err
	}
	if !verifier.Verified() {
		return fmt.Errorf("stored file does not have digest %s", expected)
	}
	return nil
}

// write fills a temporary file and moves it into place, so that readers see all of it or nothing.
func (s *Storage) write(artifact *meta.Artifact, fill func(io.Writer) error) (err error) {
	target := s.LocalPath(*artifact)
	file, err := os.CreateTemp(filepath.Dir(target), ".unfinished-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	digester := digest.Canonical.Digester()
	err = fill(io.MultiWriter(file, digester.Hash()))
	size, sizeErr := file.Seek(0, io.SeekCurrent)
	closeErr := file.Close()
	for _, failure := range []error{err, sizeErr, closeErr} {
		if failure != nil {
			return failure
		}
	}
	if err = os.Rename(file.Name(), target); err != nil {
		return err
	}
	artifact.Digest = digester.Digest().String()
	artifact.LastUpdateTime = metav1.NewTime(time.Now())
	artifact.Size = &size
	return nil
}
