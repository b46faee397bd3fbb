// What chimney does for GET /api/github/<path> with what the store holds, in Go with net/http: the entry and what is
// known of GitHub in one round trip, the answer, and in the background, batched, the telemetry.
//
//	cache http|fcgi SOCKET STORE-SOCKET CACHE TELEMETRY
//
// It is reached by HTTP or FastCGI. CACHE is what the keys of chimney's entries begin with, TELEMETRY what those of this
// program's lines and counters do. Ends with SIGTERM, once everything is told.
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) != 6 {
		log.Fatal("usage: cache http|fcgi SOCKET STORE-SOCKET CACHE TELEMETRY")
	}
	store := &store{socket: os.Args[3], idle: make(chan *connection, 64)}
	telemetry := &telemetry{store: store, prefix: os.Args[5], queue: make(chan entry, 4096), ended: make(chan struct{})}
	go telemetry.work()

	listener, err := net.Listen("unix", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	if err := os.Chmod(os.Args[2], 0o666); err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(root+"/", &proxy{store: store, cache: os.Args[4], telemetry: telemetry})
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	if os.Args[1] == "fcgi" {
		go fcgi.Serve(listener, mux)
		<-stop.Done()
		listener.Close()
	} else {
		server := &http.Server{Handler: mux}
		go server.Serve(listener)
		<-stop.Done()
		limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		server.Shutdown(limit)
	}
	close(telemetry.queue)
	<-telemetry.ended
}
