module eggtooth.dev/tools/assets-server

go 1.26.0
