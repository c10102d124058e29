// Node-init runs the daemons of a node in mount and process namespaces of their own, inside of the sandbox: what they
// write to the folders that every node has lands in a folder of the caller's, and all they started ends with them.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

const initName = "node-init-1"

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: node-init ADDRESS FOLDER GATE -- COMMAND [ARG...] [-- COMMAND [ARG...]]...")
		os.Exit(2)
	}
	if os.Args[0] == initName {
		fail(runInit(os.Args[1], os.Args[2], os.Args[3], split(os.Args[4:])))
	}
	// The parent death signal comes when this thread ends, so it must be the one that lives on.
	runtime.LockOSThread()
	first := exec.Command("/proc/self/exe")
	first.Args = append([]string{initName}, os.Args[1:]...)
	first.Stdout, first.Stderr = os.Stdout, os.Stderr
	first.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	err := first.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	fail(err)
}

// split cuts the arguments at every "--".
func split(args []string) [][]string {
	var commands [][]string
	for _, arg := range args {
		if arg == "--" {
			commands = append(commands, nil)
		} else if last := len(commands) - 1; last >= 0 {
			commands[last] = append(commands[last], arg)
		}
	}
	return commands
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "node-init:", err)
	os.Exit(125)
}
