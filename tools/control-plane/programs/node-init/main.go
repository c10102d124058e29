// Node-init is one boot of a node: it runs its daemons in mount and process namespaces of their own, inside of the sandbox.
// What they write to the folders that every node has lands in a folder of the caller's, where the next boot finds it, and
// all they started ends with them. SIGTERM cuts the power, and node-init ends once nothing runs any more.
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
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGTERM)
	if err := removeLinks(); err != nil {
		fail(err)
	}
	if err := first.Start(); err != nil {
		fail(err)
	}
	go func() {
		<-signals
		_ = first.Process.Kill()
	}()
	// The first process of a namespace is gone when all others are.
	err := first.Wait()
	if err := removeLinks(); err != nil {
		fail(err)
	}
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
