// Runc-unfiltered runs the runc of the PATH, but takes the seccomp profile out of the containers that it creates: a
// runc that was built without libseccomp refuses those that have one, and every pod's first container has.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

func main() {
	if bundle := bundleOf(os.Args); bundle != "" {
		if err := removeSeccomp(filepath.Join(bundle, "config.json")); err != nil {
			fail(err)
		}
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		fail(err)
	}
	fail(syscall.Exec(runc, append([]string{runc}, os.Args[1:]...), os.Environ()))
}

// bundleOf is what follows --bundle; of the commands that are used here only create has it.
func bundleOf(args []string) string {
	for index, arg := range args[:len(args)-1] {
		if arg == "--bundle" {
			return args[index+1]
		}
	}
	return ""
}

func removeSeccomp(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var config, linux map[string]json.RawMessage
	if err := json.Unmarshal(content, &config); err != nil {
		return err
	}
	if err := json.Unmarshal(config["linux"], &linux); err != nil {
		return err
	}
	delete(linux, "seccomp")
	if config["linux"], err = json.Marshal(linux); err != nil {
		return err
	}
	if content, err = json.Marshal(config); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o600)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "runc-unfiltered:", err)
	os.Exit(1)
}
