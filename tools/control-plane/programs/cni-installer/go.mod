module eggtooth.dev/tools/cni-installer

go 1.26.0
