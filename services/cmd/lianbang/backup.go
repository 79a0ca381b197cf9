package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"lianbang/services/platform/host"
)

// backup makes a consistent copy of the data directory, of a running product too: "lianbang backup DIR [flags]". It reads the databases
// beside the process that has them open, which SQLite's log is made for, so it needs neither a pause nor a secret.
func backup(ctx context.Context, args, environ []string, out io.Writer) error {
	dir, c, err := dirAndConfig("backup", args, environ)
	if err != nil {
		return err
	}
	if c.Store != "" {
		return errors.New("the documents are in MongoDB: take them with mongodump (mongodump --oplog, or your operator's snapshots), and the attachments with the tools of the " +
			"volume or bucket they are in; lianbang backup copies the embedded engines' data directory")
	}
	began := time.Now()
	made, err := host.Backup(ctx, c.Data, dir, services())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "backed up to %s: %s, as of %s (in %d ms)\n", dir, inventory(made), made.At.Format(time.RFC3339), time.Since(began).Milliseconds())
	if c.S3 != "" {
		fmt.Fprintln(out, "attachments are in the bucket and not in this copy: use its versioning or replication")
	}
	return nil
}

// restore fills a fresh data directory from a backup: "lianbang restore DIR [flags]".
func restore(ctx context.Context, args, environ []string, out io.Writer) error {
	dir, c, err := dirAndConfig("restore", args, environ)
	if err != nil {
		return err
	}
	if c.Store != "" {
		return errors.New("the documents are in MongoDB: bring them back with mongorestore; lianbang restore fills a data directory of the embedded engines")
	}
	made, err := host.Restore(ctx, dir, c.Data)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "restored into %s: %s, as of %s\n", c.Data, inventory(made), made.At.Format(time.RFC3339))
	fmt.Fprintln(out, "new keys are made at the start unless the settings hold them; the search index is built again")
	fmt.Fprintln(out, "put seal.key (or LIANBANG_SEAL_KEY) of the product that was copied in place before the start: without it its sealed bids stay closed, and it does not start")
	return nil
}

func dirAndConfig(command string, args, environ []string) (string, host.Config, error) {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return "", host.Config{}, fmt.Errorf("usage: lianbang %s DIR [flags]", command)
	}
	c, err := host.ParseConfig(args[1:], environ)
	return args[0], c, err
}

func inventory(c host.Copy) string {
	var bytes int64
	for _, f := range c.Files {
		bytes += f.Size
	}
	return fmt.Sprintf("%d files, %.1f MB", len(c.Files), float64(bytes)/1e6)
}
