package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/audit"
	"lianbang/services/platform/docstore"
)

// Copy is a finished backup: what backup.json in its directory says. It is written last, so a directory without it is no backup.
type Copy struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"` // when it was begun: every write acknowledged before is in it
	Files   []Part    `json:"files"`
}

// Part is one file of a backup.
type Part struct {
	Path   string `json:"path"` // from the data directory, with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const (
	copyFile    = "backup.json"
	copyVersion = 1
	// restoring marks a data directory that a restore is still filling; no process starts on it.
	restoring = "restoring"
)

// Backup copies a data directory, in use or not, to a new directory. The databases come one by one in the order given, others after
// them, each as it is at one instant; the heads of the audit logs before them, so that no log seems shorter than its head; attachments
// after them, because a file is there before a document names it and is not deleted while one does.
//
// It leaves out the keys, because a backup travels and a data directory does not (a restored product makes new ones, which signs nobody
// out), and the search index, which the restored product builds again.
func Backup(ctx context.Context, data, to string, databases []string) (Copy, error) {
	c := Copy{Version: copyVersion, At: time.Now().UTC().Truncate(time.Millisecond)}
	if err := apart(data, to); err != nil {
		return c, err
	}
	if err := emptyDir(to); err != nil {
		return c, err
	}
	found, err := filepath.Glob(filepath.Join(data, "*.db"))
	if err != nil {
		return c, err
	}
	if len(found) == 0 {
		return c, fmt.Errorf("%s holds no database; say where the data is with LIANBANG_DATA", data)
	}
	rank := func(path string) int {
		if i := slices.Index(databases, strings.TrimSuffix(filepath.Base(path), ".db")); i >= 0 {
			return i
		}
		return len(databases)
	}
	slices.SortStableFunc(found, func(a, b string) int { return rank(a) - rank(b) })

	if err := c.tree(ctx, data, to, func(path string) bool { return strings.HasPrefix(path, audit.HeadsDir) }); err != nil {
		return c, err
	}
	for _, path := range found {
		name := filepath.Base(path)
		if err := copyDatabase(ctx, path, filepath.Join(to, name)); err != nil {
			return c, fmt.Errorf("%s: %w", name, err)
		}
		part, err := partOf(to, name)
		if err != nil {
			return c, err
		}
		c.Files = append(c.Files, part)
	}
	if err := c.tree(ctx, data, to, func(path string) bool { return !strings.HasPrefix(path, audit.HeadsDir) && kept(path) }); err != nil {
		return c, err
	}
	b, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return c, err
	}
	return c, writeWhole(filepath.Join(to, copyFile), strings.NewReader(string(b)+"\n"))
}

// kept says whether a file that is no database belongs in a backup.
func kept(path string) bool {
	first, _, nested := strings.Cut(path, string(filepath.Separator))
	name := filepath.Base(path)
	switch {
	case first == "search-engine", !nested && (name == "lock" || strings.HasSuffix(name, ".key")):
		return false
	case !nested && (strings.HasSuffix(name, ".db") || strings.HasSuffix(name, ".db-wal") || strings.HasSuffix(name, ".db-shm")):
		return false
	}
	// What is still being written has a name of its own until it is whole.
	return !slices.ContainsFunc(strings.Split(path, string(filepath.Separator)), func(part string) bool {
		return strings.HasPrefix(part, "new-") || strings.HasPrefix(part, ".new-") || strings.HasSuffix(part, ".partial")
	})
}

// tree copies the files of a data directory that want chooses. One that is gone when its turn comes was none that a document names.
func (c *Copy) tree(ctx context.Context, data, to string, want func(path string) bool) error {
	return filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(data, path)
		if err != nil || !d.Type().IsRegular() || !want(rel) {
			return err
		}
		from, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		err = writeWhole(filepath.Join(to, rel), from)
		if err = errors.Join(err, from.Close()); err != nil {
			return err
		}
		part, err := partOf(to, rel)
		c.Files = append(c.Files, part)
		return err
	})
}

func copyDatabase(ctx context.Context, from, to string) error {
	db, err := docstore.Open(ctx, docstore.Options{URL: "sqlite:" + from, ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(db.Backup(ctx, to), db.Close(ctx))
}

// Restore fills a new or empty data directory from a backup, after every file of it was found whole. Cut short, it leaves a directory
// that no process starts on.
func Restore(ctx context.Context, from, data string) (Copy, error) {
	var c Copy
	b, err := os.ReadFile(filepath.Join(from, copyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("%s is no finished backup: it has no %s", from, copyFile)
	}
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		return c, err
	}
	if c.Version != copyVersion {
		return c, fmt.Errorf("the backup has version %d, this program reads %d", c.Version, copyVersion)
	}
	for _, want := range c.Files {
		if !filepath.IsLocal(want.Path) {
			return c, fmt.Errorf("the backup names a file outside itself: %q", want.Path)
		}
		if found, err := partOf(from, want.Path); err != nil || found != want {
			return c, errors.Join(fmt.Errorf("the backup is damaged: %s is not what was written", want.Path), err)
		}
	}
	if err := emptyDir(data); err != nil {
		return c, err
	}
	lock, err := lockData(data, false)
	if err != nil {
		return c, err
	}
	defer func() { _ = lock.Close() }()
	marker := filepath.Join(data, restoring)
	if err := writeWhole(marker, strings.NewReader("A restore is filling this directory.\n")); err != nil {
		return c, err
	}
	for _, part := range c.Files {
		if ctx.Err() != nil {
			return c, ctx.Err()
		}
		f, err := os.Open(filepath.Join(from, part.Path))
		if err != nil {
			return c, err
		}
		if err := errors.Join(writeWhole(filepath.Join(data, part.Path), f), f.Close()); err != nil {
			return c, err
		}
	}
	return c, errors.Join(os.Remove(marker), syncFolder(data))
}

// emptyDir makes a directory, or takes one that holds nothing but a lock.
func emptyDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() != "lock" }) {
		return fmt.Errorf("%s is not empty", path)
	}
	return nil
}

// apart refuses a backup inside what it copies.
func apart(data, to string) error {
	data, err := filepath.Abs(data)
	if err != nil {
		return err
	}
	if to, err = filepath.Abs(to); err != nil {
		return err
	}
	if rel, err := filepath.Rel(data, to); err == nil && filepath.IsLocal(rel) {
		return errors.New("a backup does not go into the data directory it copies")
	}
	return nil
}

// partOf reads what a file is.
func partOf(root, path string) (p Part, err error) {
	f, err := os.Open(filepath.Join(root, path))
	if err != nil {
		return Part{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return Part{Path: filepath.ToSlash(path), Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// writeWhole writes a new file and puts it on the disk, its name included.
func writeWhole(path string, r io.Reader) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
