package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

var (
	// shared are the folders that containerd, kubelet and CNI plugins write to wherever they are told to keep their state.
	shared = []string{"/etc", "/opt", "/var/lib", "/var/log"}
	// own are the folders of CNI, which hold nothing of the machine's own.
	own = []string{"/etc/cni/net.d", "/opt/cni/bin"}
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

const (
	random = "/proc/sys/kernel/random/uuid"
	bootID = "/proc/sys/kernel/random/boot_id"
)

// prepareMounts gives the node folders that outlast a boot, and a /run that does not.
func prepareMounts(folder string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount /run: %w", err)
	}
	for _, path := range shared {
		if err := overlay(path, folder); err != nil {
			return fmt.Errorf("put an overlay on %s: %w", path, err)
		}
	}
	for _, path := range own {
		if err := replace(path, folder); err != nil {
			return fmt.Errorf("replace %s: %w", path, err)
		}
	}
	copies := map[string]string{bootID: random}
	for _, name := range tunables {
		copies["/proc/sys/"+name] = "/proc/sys/" + name
	}
	for path, source := range copies {
		if err := cover(path, source, folder); err != nil {
			return fmt.Errorf("cover %s: %w", path, err)
		}
	}
	return nil
}

// replace puts a folder that is empty at the first boot in the place of another, which need not be there.
func replace(path, folder string) error {
	replacement := filepath.Join(folder, flat(path))
	for _, created := range []string{path, replacement} {
		if err := os.MkdirAll(created, 0o755); err != nil {
			return err
		}
	}
	return unix.Mount(replacement, path, "", unix.MS_BIND, "")
}

// cover puts a copy of a file over another or itself, so that writing changes the copy.
func cover(path, source, folder string) error {
	content, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	copied := filepath.Join(folder, filepath.Base(path))
	if err := os.WriteFile(copied, content, 0o600); err != nil {
		return err
	}
	return unix.Mount(copied, path, "", unix.MS_BIND, "")
}

func flat(path string) string {
	return strings.ReplaceAll(path[1:], "/", "-")
}
