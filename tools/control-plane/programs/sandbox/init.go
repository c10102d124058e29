package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	// memory exists on every Linux, and nothing that matters here lies in it. A tmpfs on top of it, seen in this mount
	// namespace only, leaves no trace on the disk.
	memory = "/dev/shm"
	folder = memory + "/eggtooth"
)

// The networks whose every address is local: one for clusters, and one for documentation (RFC 5737), which clients that
// trust private networks take for public.
var networks = []string{"10.200.0.1/16", "203.0.113.1/24"}

// runInit prepares the namespaces, runs the command, and returns only if it could not be started. As process 1 it takes
// every other process with it when it exits.
func runInit(command []string) error {
	parentAlive := os.NewFile(3, "parent alive")
	unix.CloseOnExec(3)
	go func() {
		_, _ = parentAlive.Read(make([]byte, 1))
		os.Exit(128 + int(unix.SIGKILL))
	}()
	if err := prepareMounts(); err != nil {
		return notPermitted(err)
	}
	if err := prepareNetwork(); err != nil {
		return notPermitted(err)
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	process, err := os.StartProcess(path, command, &os.ProcAttr{
		// No proxy of the outside can be reached from here.
		Env:   append(os.Environ(), "EGGTOOTH_SANDBOX="+folder, "NO_PROXY=*", "no_proxy=*"),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		return err
	}
	go forward(signals, process)
	os.Exit(reapUntil(process.Pid))
	return nil
}

func prepareMounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	// In some containers a new procfs is forbidden; the old one serves too, it only shows more.
	_ = unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	if err := unix.Mount("tmpfs", memory, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777"); err != nil {
		return fmt.Errorf("mount %s: %w", memory, err)
	}
	return os.Mkdir(folder, 0o700)
}

func prepareNetwork() error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find lo: %w", err)
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return fmt.Errorf("bring lo up: %w", err)
	}
	for _, network := range networks {
		address, err := netlink.ParseAddr(network)
		if err != nil {
			return err
		}
		if err := netlink.AddrAdd(loopback, address); err != nil {
			return fmt.Errorf("add %s to lo: %w", network, err)
		}
	}
	return nil
}

// reapUntil waits for all processes that end up as children of process 1, and returns the exit code of one of them.
func reapUntil(pid int) int {
	for {
		var status unix.WaitStatus
		ended, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 125
		case ended == pid && status.Signaled():
			return 128 + int(status.Signal())
		case ended == pid && status.Exited():
			return status.ExitStatus()
		}
	}
}
