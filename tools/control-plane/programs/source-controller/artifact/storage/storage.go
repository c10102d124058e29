// Package storage keeps artifacts as files: KIND/NAMESPACE/NAME/FILE below one folder.
package storage

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/artifact/config"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Storage is a folder of artifacts and the host that serves it.
type Storage struct {
	folder  string
	host    string
	ttl     time.Duration
	records int
	locks   sync.Map // path of an artifact -> *sync.Mutex
}

// New opens the folder that the options name.
func New(options *config.Options) (*Storage, error) {
	info, err := os.Stat(options.StoragePath)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("storage path %s is not a folder", options.StoragePath)
	}
	host := options.StorageAdvAddress
	if host == "" {
		host = options.StorageAddress
	}
	return &Storage{
		folder:  options.StoragePath,
		host:    host,
		ttl:     options.ArtifactRetentionTTL,
		records: options.ArtifactRetentionRecords,
	}, nil
}

// NewArtifactFor describes a file of an object; nothing is written yet.
func (s *Storage) NewArtifactFor(kind string, object metav1.Object, revision, file string) meta.Artifact {
	artifact := meta.Artifact{
		Path:     path.Join(strings.ToLower(kind), object.GetNamespace(), object.GetName(), file),
		Revision: revision,
	}
	s.SetArtifactURL(&artifact)
	return artifact
}

// SetArtifactURL points the artifact's URL at this storage.
func (s *Storage) SetArtifactURL(artifact *meta.Artifact) {
	if artifact.Path != "" {
		artifact.URL = s.urlOf(artifact.Path)
	}
}

// SetHostname puts this storage's host into a URL.
func (s *Storage) SetHostname(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || address == "" {
		return ""
	}
	parsed.Host = s.host
	return parsed.String()
}

// LocalPath is the file of an artifact, or nothing if its path would leave the storage.
func (s *Storage) LocalPath(artifact meta.Artifact) string {
	if !filepath.IsLocal(artifact.Path) {
		return ""
	}
	return filepath.Join(s.folder, artifact.Path)
}

// MkdirAll makes the folder that the artifact lies in.
func (s *Storage) MkdirAll(artifact meta.Artifact) error {
	return os.MkdirAll(filepath.Dir(s.LocalPath(artifact)), 0o700)
}

// ArtifactExist tells whether the artifact's file is there.
func (s *Storage) ArtifactExist(artifact meta.Artifact) bool {
	info, err := os.Lstat(s.LocalPath(artifact))
	return err == nil && info.Mode().IsRegular()
}

// Symlink gives the artifact a second, stable name in its folder and returns that name's URL.
func (s *Storage) Symlink(artifact meta.Artifact, name string) (string, error) {
	file := s.LocalPath(artifact)
	link := filepath.Join(filepath.Dir(file), name)
	fresh := link + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return "", err
	}
	if err := os.Symlink(filepath.Base(file), fresh); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, link); err != nil {
		return "", err
	}
	return s.urlOf(path.Join(path.Dir(artifact.Path), name)), nil
}

// Lock makes the caller the only writer of the artifact until it calls unlock.
func (s *Storage) Lock(artifact meta.Artifact) (unlock func(), err error) {
	entry, _ := s.locks.LoadOrStore(artifact.Path, &sync.Mutex{})
	mutex := entry.(*sync.Mutex)
	mutex.Lock()
	return mutex.Unlock, nil
}

func (s *Storage) urlOf(file string) string {
	return (&url.URL{Scheme: "http", Host: s.host, Path: "/" + file}).String()
}
