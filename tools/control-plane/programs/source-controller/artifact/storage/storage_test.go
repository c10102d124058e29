package storage

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/artifact/config"
	"github.com/fluxcd/pkg/sourceignore"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var object = &metav1.ObjectMeta{Namespace: "team", Name: "charts"}

func TestACopiedArtifactHasPathURLSizeAndDigest(t *testing.T) {
	storage := open(t)
	artifact := store(t, storage, "index.yaml", "entries")

	if artifact.Path != "helmrepository/team/charts/index.yaml" ||
		artifact.URL != "http://flux.example/helmrepository/team/charts/index.yaml" ||
		*artifact.Size != 7 || !strings.HasPrefix(artifact.Digest, "sha256:") {
		t.Errorf("unexpected artifact: %+v", artifact)
	}
	if !storage.ArtifactExist(artifact) || storage.VerifyArtifact(artifact) != nil {
		t.Error("the artifact is not there as it was stored")
	}
}

func TestAChangedFileIsNotVerified(t *testing.T) {
	storage := open(t)
	artifact := store(t, storage, "index.yaml", "entries")
	must(t, os.WriteFile(storage.LocalPath(artifact), []byte("other"), 0o600))

	if storage.VerifyArtifact(artifact) == nil {
		t.Error("a changed file passed")
	}
}

func TestAPathCannotLeaveTheStorage(t *testing.T) {
	if path := open(t).LocalPath(meta.Artifact{Path: "../../etc/passwd"}); path != "" {
		t.Errorf("got %s", path)
	}
}

func TestASymlinkLeadsToTheNewestArtifact(t *testing.T) {
	storage := open(t)
	for _, file := range []string{"one.yaml", "two.yaml"} {
		url, err := storage.Symlink(store(t, storage, file, file), "index.yaml")
		must(t, err)
		if url != "http://flux.example/helmrepository/team/charts/index.yaml" {
			t.Errorf("unexpected URL %s", url)
		}
	}
	content, err := os.ReadFile(filepath.Join(storage.folder, "helmrepository/team/charts/index.yaml"))
	must(t, err)
	if string(content) != "two.yaml" {
		t.Errorf("it leads to %s", content)
	}
}

func TestAnArchiveGivesBackWhatIsNotIgnored(t *testing.T) {
	storage := open(t)
	source := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(source, "charts"), 0o700))
	for _, file := range []string{"charts/kept.txt", "charts/left-out.txt"} {
		must(t, os.WriteFile(filepath.Join(source, file), []byte(file), 0o600))
	}
	domain := strings.Split(source, string(filepath.Separator))
	patterns := sourceignore.ReadPatterns(strings.NewReader("left-out.txt"), domain)
	artifact := storage.NewArtifactFor("GitRepository", object, "main", "main.tar.gz")
	must(t, storage.MkdirAll(artifact))
	must(t, storage.Archive(&artifact, source, SourceIgnoreFilter(patterns, domain)))

	target := filepath.Join(t.TempDir(), "included")
	must(t, storage.CopyToPath(&artifact, "charts", target))
	entries, err := os.ReadDir(target)
	must(t, err)
	if len(entries) != 1 || entries[0].Name() != "kept.txt" {
		t.Errorf("unexpected files: %v", entries)
	}
}

func TestGarbageCollectionKeepsTheCurrentArtifactAndTheNewestOther(t *testing.T) {
	storage := open(t)
	for age, file := range []string{"current", "newer", "older"} {
		artifact := store(t, storage, file, file)
		changed := time.Now().Add(-time.Duration(age) * time.Second)
		must(t, os.Chtimes(storage.LocalPath(artifact), changed, changed))
	}
	current := storage.NewArtifactFor("HelmRepository", object, "", "current")
	deleted, err := storage.GarbageCollect(context.Background(), current, time.Second)
	must(t, err)
	if len(deleted) != 1 || filepath.Base(deleted[0]) != "older" {
		t.Errorf("deleted %v", deleted)
	}

	folder, err := storage.RemoveAll(current)
	must(t, err)
	if folder == "" || storage.ArtifactExist(current) {
		t.Error("the object's folder is still there")
	}
}

func open(t *testing.T) *Storage {
	t.Helper()
	storage, err := New(&config.Options{
		StoragePath:              t.TempDir(),
		StorageAdvAddress:        "flux.example",
		ArtifactRetentionTTL:     time.Minute,
		ArtifactRetentionRecords: 2,
	})
	must(t, err)
	return storage
}

func store(t *testing.T, storage *Storage, file, content string) meta.Artifact {
	t.Helper()
	artifact := storage.NewArtifactFor("HelmRepository", object, "revision", file)
	must(t, storage.MkdirAll(artifact))
	must(t, storage.Copy(&artifact, strings.NewReader(content)))
	return artifact
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
