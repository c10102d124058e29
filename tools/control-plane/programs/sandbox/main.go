// Sandbox runs a command in network, process and mount namespaces of its own. Every address 10.200.x.y and 203.0.113.x is
// local there, EGGTOOTH_SANDBOX names a private folder in memory, and whatever the command started ends with it, or with
// the sandbox.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

const initName = "sandbox-init"

func main() {
	if os.Args[0] == initName {
		fail(runInit(os.Args[1:]))
	}
	command := os.Args[1:]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		fmt.Fprintln(os.Stderr, "usage: sandbox [--] COMMAND [ARG...]")
		os.Exit(2)
	}
	code, err := runSandbox(command)
	if err != nil {
		fail(err)
	}
	os.Exit(code)
}

// runSandbox starts this program again as process 1 of new namespaces and waits for it.
func runSandbox(command []string) (int, error) {
	// The parent death signal comes when this thread ends, so it must be the one that lives on.
	runtime.LockOSThread()
	alive, held, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer held.Close()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)

	first := exec.Command("/proc/self/exe")
	first.Args = append([]string{initName}, command...)
	first.Stdin, first.Stdout, first.Stderr = os.Stdin, os.Stdout, os.Stderr
	first.ExtraFiles = []*os.File{alive}
	first.SysProcAttr = namespaces()
	if err := first.Start(); err != nil {
		return 0, notPermitted(err)
	}
	alive.Close()
	go forward(signals, first.Process)

	err = first.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
			return 128 + int(status.Signal()), nil
		}
		return exit.ExitCode(), nil
	}
	return 0, err
}

func namespaces() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWNS,
		Pdeathsig:  unix.SIGKILL,
	}
	if os.Geteuid() != 0 {
		attributes.Cloneflags |= unix.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return attributes
}

// forward passes signals on, but not the Ctrl-C of a terminal, which the command gets by itself.
func forward(signals <-chan os.Signal, to *os.Process) {
	_, err := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS)
	onTerminal := err == nil
	for received := range signals {
		if received != unix.SIGINT || !onTerminal {
			_ = to.Signal(received)
		}
	}
}

// notPermitted adds the cure to the errors of a machine that forbids namespaces.
func notPermitted(err error) error {
	for _, refusal := range []error{unix.EPERM, unix.EACCES, unix.ENOSPC, unix.EUSERS, unix.EINVAL} {
		if errors.Is(err, refusal) {
			return fmt.Errorf("this machine does not let user %d make namespaces (%w): run as root (in a container: "+
				"privileged), or allow it with `sysctl user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1 "+
				"kernel.apparmor_restrict_unprivileged_userns=0`", os.Getuid(), err)
		}
	}
	return err
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "sandbox:", err)
	os.Exit(125)
}
