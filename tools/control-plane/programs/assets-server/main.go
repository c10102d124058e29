// Assets-server serves a folder over plain HTTP, as the server that Cozystack ships its charts with does.
package main

import (
	"flag"
	"log"
	"net/http"
)

func main() {
	address := flag.String("address", ":8123", "address to listen on")
	dir := flag.String("dir", "/assets", "folder to serve")
	flag.Parse()

	files := http.FileServer(http.Dir(*dir))
	handler := http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		log.Printf("%s %s %s", request.RemoteAddr, request.Method, request.URL.Path)
		files.ServeHTTP(response, request)
	})
	log.Printf("serving %s on %s", *dir, *address)
	log.Fatal(http.ListenAndServe(*address, handler))
}
