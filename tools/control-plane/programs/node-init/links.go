package main

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// removeLinks removes what CNI plugins have made: the node shares the network namespace of the sandbox.
func removeLinks() error {
	links, err := netlink.LinkList()
	if err != nil {
		return fmt.Errorf("list links: %w", err)
	}
	for _, link := range links {
		// The other end of a veth may have taken it along.
		if kind := link.Type(); kind == "bridge" || kind == "veth" {
			if err := netlink.LinkDel(link); err != nil && !errors.Is(err, unix.ENODEV) {
				return fmt.Errorf("delete %s: %w", link.Attrs().Name, err)
			}
		}
	}
	return nil
}

// addAddress makes it one of the loopback interface's own: that it is local is not enough for kubelet.
func addAddress(address string) error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find lo: %w", err)
	}
	parsed, err := netlink.ParseAddr(address + "/32")
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(loopback, parsed); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("add %s to lo: %w", address, err)
	}
	return nil
}
