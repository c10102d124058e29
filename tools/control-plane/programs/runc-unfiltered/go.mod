module eggtooth.dev/tools/runc-unfiltered

go 1.26.0
