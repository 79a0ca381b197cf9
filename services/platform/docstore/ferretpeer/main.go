// Command ferretpeer is a MongoDB-speaking peer for tests where no mongod is at hand: FerretDB 1.24.2 on its SQLite backend,
// in a module of its own so that the product never depends on it. It loses updates under concurrency and is never used to
// keep anybody's data. It prints its address as a MongoDB URL and ends when its standard input does, so that it cannot
// outlive the test that started it.
//
//	go build -tags ferretdb_no_postgresql,ne && ./ferretpeer -state DIRECTORY
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "loopback address to listen on; port 0 takes a free one")
	state := flag.String("state", "", "existing directory for the database files")
	flag.Parse()
	peer, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: *listen},
		Handler:   "sqlite",
		SQLiteURL: "file:" + *state + "/",
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		fmt.Println(peer.MongoDBURI())
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := peer.Run(ctx); err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}
