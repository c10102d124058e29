package storage

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/sourceignore"
	"github.com/fluxcd/pkg/sourceignore/gitignore"
	fluxtar "github.com/fluxcd/pkg/tar"
)

// ArchiveFileFilter tells which files an archive leaves out.
type ArchiveFileFilter func(file string, info os.FileInfo) bool

// SourceIgnoreFilter leaves out version control data and what the patterns match.
func SourceIgnoreFilter(patterns []gitignore.Pattern, domain []string) ArchiveFileFilter {
	matcher := sourceignore.NewDefaultMatcher(patterns, domain)
	if len(patterns) > 0 {
		matcher = sourceignore.NewMatcher(append(sourceignore.VCSPatterns(domain), patterns...))
	}
	return func(file string, info os.FileInfo) bool {
		return matcher.Match(strings.Split(file, string(filepath.Separator)), info.IsDir())
	}
}

// Archive stores the regular files of a folder as a tarball that depends on names, modes and contents only.
func (s *Storage) Archive(artifact *meta.Artifact, folder string, leaveOut ArchiveFileFilter) error {
	return s.write(artifact, func(file io.Writer) error {
		compressed := gzip.NewWriter(file)
		archive := tar.NewWriter(compressed)
		err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			if leaveOut != nil && leaveOut(file, info) || !info.IsDir() && !info.Mode().IsRegular() {
				return nil
			}
			return addFile(archive, folder, file, info)
		})
		if err != nil {
			return err
		}
		if err := archive.Close(); err != nil {
			return err
		}
		return compressed.Close()
	})
}

// CopyToPath unpacks an archive and moves one of its files or folders to a path.
func (s *Storage) CopyToPath(artifact *meta.Artifact, from, to string) error {
	archive, err := os.Open(s.LocalPath(*artifact))
	if err != nil {
		return err
	}
	defer archive.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	unpacked, err := os.MkdirTemp(filepath.Dir(to), ".unpacked-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(unpacked)
	if err := fluxtar.Untar(archive, unpacked, fluxtar.WithMaxUntarSize(-1)); err != nil {
		return err
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return os.Rename(filepath.Join(unpacked, filepath.Clean("/"+from)), to)
}

func addFile(archive *tar.Writer, folder, file string, info os.FileInfo) error {
	name, err := filepath.Rel(folder, file)
	if err != nil || name == "." {
		return err
	}
	header, err := tar.FileInfoHeader(info, "")
	if err != nil {
		return err
	}
	header.Name = filepath.ToSlash(name)
	header.Uid, header.Gid, header.Uname, header.Gname = 0, 0, "", ""
	header.ModTime, header.AccessTime, header.ChangeTime = time.Time{}, time.Time{}, time.Time{}
	if err := archive.WriteHeader(header); err != nil || info.IsDir() {
		return err
	}
	content, err := os.Open(file)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(archive, content)
	return err
}
