package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// heldMount is a mount that stays within reach when its path is covered.
type heldMount struct {
	path       string
	descriptor int
}

// overlay lets everything that is written below a path go to the folder. What is mounted below it stays visible, such as
// the files that a container has in /etc.
func overlay(path, folder string) error {
	held, err := holdMounts(path)
	if err != nil {
		return err
	}
	upper, work := filepath.Join(folder, flat(path), "upper"), filepath.Join(folder, flat(path), "work")
	for _, created := range []string{upper, work} {
		if err := os.MkdirAll(created, 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", path, upper, work)
	if err := unix.Mount("overlay", path, "overlay", 0, options); err != nil {
		return err
	}
	for _, mount := range held {
		source := fmt.Sprintf("/proc/self/fd/%d", mount.descriptor)
		if err := unix.Mount(source, mount.path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("keep %s: %w", mount.path, err)
		}
		unix.Close(mount.descriptor)
	}
	return nil
}

// holdMounts opens all mount points below a path that can be reached, those above others first.
func holdMounts(path string) ([]heldMount, error) {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var held []heldMount
	for line := range strings.Lines(string(content)) {
		point := strings.Fields(line)[4]
		if !strings.HasPrefix(point, path+"/") {
			continue
		}
		if descriptor, err := unix.Open(point, unix.O_PATH|unix.O_CLOEXEC, 0); err == nil {
			held = append(held, heldMount{point, descriptor})
		}
	}
	return held, nil
}
