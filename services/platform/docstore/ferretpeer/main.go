// Command ferretpeer is a MongoDB-speaking peer for tests where no mongod is at hand: FerretDB 1.24.2 on its SQLite backend,
// in a module of its own so that the product never depends on it. It loses updates under concurrency and is never used to
// keep anybody's data. It prints its address as a MongoDB URL, and when its standard input ends it ends and deletes its
// databases, so that it cannot outlive the test that started it.
//
//	go build -tags ferretdb_no_postgresql,ne
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() (err error) {
	state, err := os.MkdirTemp("", "ferretpeer")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(state) }()
	peer, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: "file:" + state + "/",
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 4})),
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		fmt.Println(peer.MongoDBURI())
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	return peer.Run(ctx)
}
