package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

var (
	// shared are the folders that containerd and kubelet write to wherever they are told to keep their state.
	shared = []string{"/run", "/var/lib", "/var/log"}
	// tunables are the kernel's settings that kubelet changes; they belong to the whole machine.
	tunables = []string{
		"vm/overcommit_memory",
		"vm/panic_on_oom",
		"kernel/panic",
		"kernel/panic_on_oops",
		"kernel/keys/root_maxkeys",
		"kernel/keys/root_maxbytes",
	}
)

func prepareMounts(folder string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	for _, path := range shared {
		if err := overlay(path, folder); err != nil {
			return fmt.Errorf("put an overlay on %s: %w", path, err)
		}
	}
	for _, name := range tunables {
		if err := cover("/proc/sys/"+name, folder); err != nil {
			return fmt.Errorf("cover %s: %w", name, err)
		}
	}
	return nil
}

// overlay lets everything that is written below a path go to the folder.
func overlay(path, folder string) error {
	own := filepath.Join(folder, strings.ReplaceAll(path[1:], "/", "-"))
	upper, work := filepath.Join(own, "upper"), filepath.Join(own, "work")
	for _, created := range []string{upper, work} {
		if err := os.MkdirAll(created, 0o755); err != nil {
			return err
		}
	}
	return unix.Mount("overlay", path, "overlay", 0, fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", path, upper, work))
}

// cover puts a copy over a file, so that writing changes the copy.
func cover(path, folder string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	copied := filepath.Join(folder, filepath.Base(path))
	if err := os.WriteFile(copied, content, 0o600); err != nil {
		return err
	}
	return unix.Mount(copied, path, "", unix.MS_BIND, "")
}
