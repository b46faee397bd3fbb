// What chimney does for GET /api/github/<path> with what the store holds, in Go with net/http: the entry and what is
// known of GitHub in one round trip, the answer, and in the background, batched, the telemetry.
//
//	cache SOCKET STORE-SOCKET CACHE TELEMETRY
//
// CACHE is what the keys of chimney's entries begin with, TELEMETRY what those of this program's lines and counters do.
// Ends with SIGTERM, once everything is told.
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) != 5 {
		log.Fatal("usage: cache SOCKET STORE-SOCKET CACHE TELEMETRY")
	}
	store := &store{socket: os.Args[2], idle: make(chan *connection, 64)}
	telemetry := &telemetry{store: store, prefix: os.Args[4], queue: make(chan entry, 4096), ended: make(chan struct{})}
	go telemetry.work()

	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := os.Chmod(os.Args[1], 0o666); err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(root+"/", &proxy{store: store, cache: os.Args[3], telemetry: telemetry})
	server := &http.Server{Handler: mux}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go func() {
		<-stop.Done()
		limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		server.Shutdown(limit)
		close(telemetry.queue)
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-telemetry.ended
}
