// Cni-installer puts CNI plugins and their configuration into folders of its node, as the pods of every CNI do, and waits
// until it is told to end.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	plugins := flag.String("plugins", "/plugins", "folder with the plugins")
	bin := flag.String("bin", "/host/opt/cni/bin", "folder that they are copied to")
	conf := flag.String("conf", "/host/etc/cni/net.d", "folder that the configuration is written to")
	name := flag.String("name", "10-pods.conflist", "name of the configuration's file")
	flag.Parse()

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if err := install(*plugins, *bin, filepath.Join(*conf, *name), os.Getenv("CNI_CONFIG")); err != nil {
		log.Fatal(err)
	}
	<-signals
}

// install copies the plugins first: the runtime calls them as soon as it sees the configuration.
func install(plugins, bin, conf, config string) error {
	if config == "" {
		return fmt.Errorf("CNI_CONFIG holds no configuration")
	}
	entries, err := os.ReadDir(plugins)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(plugins, entry.Name()))
		if err != nil {
			return err
		}
		if err := replace(filepath.Join(bin, entry.Name()), content, 0o755); err != nil {
			return err
		}
	}
	if err := replace(conf, []byte(config), 0o644); err != nil {
		return err
	}
	log.Printf("%d plugins are in %s, and their configuration is %s", len(entries), bin, conf)
	return nil
}

// replace never shows a file that is half written: the runtime watches these folders, and reads what ends in .conflist.
func replace(path string, content []byte, mode os.FileMode) error {
	unfinished := path + ".unfinished"
	if err := os.WriteFile(unfinished, content, mode); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}
