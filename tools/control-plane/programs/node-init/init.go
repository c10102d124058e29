package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const pollInterval = 20 * time.Millisecond

// runInit gives the node its mounts and its address and starts the commands: the first at once, the others when the
// file that gate names is there. It returns when one of them has ended; as process 1 it takes every other process with it.
func runInit(address, folder, gate string, commands [][]string) error {
	if err := prepareMounts(folder); err != nil {
		return err
	}
	if err := addAddress(address); err != nil {
		return err
	}
	running := map[int]string{}
	for {
		waiting := commands[len(running):]
		if len(waiting) > 0 && (len(running) == 0 || exists(gate)) {
			pid, err := start(waiting[0])
			if err != nil {
				return err
			}
			running[pid] = filepath.Base(waiting[0][0])
			continue
		}
		options := 0
		if len(waiting) > 0 {
			options = unix.WNOHANG
		}
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, options, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return err
		case pid == 0:
			time.Sleep(pollInterval)
		case running[pid] != "":
			return fmt.Errorf("%s has ended (code %d, signal %d)", running[pid], status.ExitStatus(), status.Signal())
		}
	}
}

func start(command []string) (int, error) {
	process, err := os.StartProcess(command[0], command, &os.ProcAttr{
		Env:   os.Environ(),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		return 0, err
	}
	return process.Pid, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
