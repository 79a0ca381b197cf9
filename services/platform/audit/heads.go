package audit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// HeadsDir is the folder of the data directory that the heads are written down in, one file per service, one line a day.
const HeadsDir = "audit-heads"

// HeadsFile is a service's file of heads in a data directory.
func HeadsFile(data, service string) string { return filepath.Join(data, HeadsDir, service+".jsonl") }

// writtenHead is one line of a heads file.
type writtenHead struct {
	At      time.Time `json:"at"`
	Service string    `json:"service"`
	Head
}

// china is where a day begins.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// Keep writes the head down once a day and when the process stops; it is a job. A copy of the file, or of the log line, kept where the
// database's administrator cannot reach it is what makes a truncated or rewritten log show.
func (l *Log) Keep(ctx context.Context, data string, now func() time.Time, log *slog.Logger) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := l.WriteHead(ctx, data, now(), log, false); err != nil && ctx.Err() == nil {
			return fmt.Errorf("audit: the head could not be written down: %w", err)
		}
		select {
		case <-ctx.Done():
			return l.WriteHead(context.WithoutCancel(ctx), data, now(), log, true)
		case <-tick.C:
		}
	}
}

// WriteHead adds today's line unless it is there; at the end, another one unless nothing came since. An empty log has no head.
func (l *Log) WriteHead(ctx context.Context, data string, now time.Time, log *slog.Logger, end bool) error {
	path := HeadsFile(data, l.service)
	lines, err := readHeads(path)
	if err != nil {
		return err
	}
	var last writtenHead
	if n := len(lines); n > 0 {
		last = lines[n-1]
	}
	if !end && last.At.In(china).Format(time.DateOnly) >= now.In(china).Format(time.DateOnly) {
		return nil
	}
	head, err := l.Head(ctx)
	if err != nil || head.Seq == 0 || end && head == last.Head {
		return err
	}
	if err := appendHead(path, writtenHead{At: now.UTC(), Service: l.service, Head: head}); err != nil {
		return err
	}
	log.Info("audit head", "log", l.service, "entries", head.Seq, "hash", head.Hash)
	return nil
}

func appendHead(path string, h writtenHead) (err error) {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	before, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	if whole := int64(bytes.LastIndexByte(before, '\n') + 1); whole < int64(len(before)) { // a line that a crash cut
		if err := f.Truncate(whole); err != nil {
			return err
		}
	}
	if _, err := f.Write(append(b, '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// ReadHeads reads a heads file: the heads of the service it names. A file that is not there has none.
func ReadHeads(path, service string) ([]Head, error) {
	lines, err := readHeads(path)
	var heads []Head
	for _, line := range lines {
		if line.Service == service {
			heads = append(heads, line.Head)
		}
	}
	return heads, err
}

// readHeads reads the lines. A last line without an end was cut by a crash while it was written and says nothing.
func readHeads(path string) (lines []writtenHead, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for r := bufio.NewReader(f); ; {
		text, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		var line writtenHead
		if err := json.Unmarshal([]byte(strings.TrimSpace(text)), &line); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, len(lines)+1, err)
		}
		lines = append(lines, line)
	}
}
