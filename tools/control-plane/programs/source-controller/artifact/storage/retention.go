package storage

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
)

// Remove deletes the artifact's file.
func (s *Storage) Remove(artifact meta.Artifact) error {
	return os.Remove(s.LocalPath(artifact))
}

// RemoveAll deletes the folder of the artifact's object and returns it, or nothing if there was none.
func (s *Storage) RemoveAll(artifact meta.Artifact) (string, error) {
	folder := filepath.Dir(s.LocalPath(artifact))
	if _, err := os.Stat(folder); err != nil {
		return "", nil
	}
	return folder, os.RemoveAll(folder)
}

// GarbageCollect deletes the object's other files that are too old or too many, and returns them.
func (s *Storage) GarbageCollect(ctx context.Context, artifact meta.Artifact, timeout time.Duration) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	current := s.LocalPath(artifact)
	others, err := otherFiles(current)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(others, func(a, b os.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	var deleted []string
	for kept, info := range others {
		if kept < s.records-1 && time.Since(info.ModTime()) < s.ttl {
			continue
		}
		if err := ctx.Err(); err != nil {
			return deleted, err
		}
		file := filepath.Join(filepath.Dir(current), info.Name())
		if err := os.Remove(file); err != nil {
			return deleted, err
		}
		deleted = append(deleted, file)
	}
	return deleted, nil
}

func otherFiles(current string) ([]os.FileInfo, error) {
	entries, err := os.ReadDir(filepath.Dir(current))
	if err != nil {
		return nil, err
	}
	var others []os.FileInfo
	for _, entry := range entries {
		if !entry.Type().IsRegular() || entry.Name() == filepath.Base(current) {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			return nil, err
		}
		others = append(others, info)
	}
	return others, nil
}
