package blob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/google/uuid"

	"lianbang/services/platform/fault"
)

// Dir is a Store in a directory. A file is a folder of its own, "ab/<id>/" with "content" and "ref.json", built under a
// temporary name and renamed when both are on disk; so a folder that has an id is complete.
type Dir struct {
	root string
	max  int64
}

const (
	building    = "new-" // prefix of a folder that is being written
	contentFile = "content"
	refFile     = "ref.json"
)

// OpenDir opens a directory, making it when missing, and removes what a crash left half written. maxSize is in bytes; 0 means
// DefaultMaxSize. Several processes may have it open: a folder that one of them is writing is locked by it.
func OpenDir(root string, maxSize int64) (*Dir, error) {
	if maxSize == 0 {
		maxSize = DefaultMaxSize
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(root, building+"*"))
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	for _, path := range left {
		if err := sweep(path); err != nil {
			return nil, fmt.Errorf("blob: %w", err)
		}
	}
	return &Dir{root: root, max: maxSize}, nil
}

// sweep removes a folder nobody is writing any more.
func sweep(path string) error {
	lock, err := lockFolder(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.EWOULDBLOCK) {
		return nil // renamed in between, or another process is at work there
	}
	if err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(path), lock.Close())
}

// begin makes a folder to write in, locked for as long as the lock is open. A sweep that comes between the making and the locking
// takes the folder away; then another is made.
func (d *Dir) begin() (folder string, lock *os.File, err error) {
	for {
		if folder, err = os.MkdirTemp(d.root, building); err != nil {
			return "", nil, err
		}
		lock, err = lockFolder(folder)
		if err == nil {
			if _, err = os.Stat(folder); err == nil {
				return folder, lock, nil
			}
			err = errors.Join(err, lock.Close())
		}
		if !errors.Is(err, os.ErrNotExist) && !errors.Is(err, syscall.EWOULDBLOCK) {
			return "", nil, errors.Join(err, os.RemoveAll(folder))
		}
	}
}

// lockFolder locks a folder against the other processes that have the directory open. The lock goes with the process.
func lockFolder(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Put stores a file; see Store.
func (d *Dir) Put(ctx context.Context, r io.Reader, name string) (Ref, error) {
	ref := Ref{ID: uuid.NewString()}
	err := d.keep(&ref, func(path string) error { return d.write(ctx, path, r, &ref, name) })
	return ref, err
}

// PutSealed stores content nobody can look into; see Store.
func (d *Dir) PutSealed(_ context.Context, id string, content []byte) error {
	if _, err := d.folder(id); err != nil {
		return err
	}
	ref := sealed(id, content)
	return d.keep(&ref, func(path string) error { return writeFile(path, content) })
}

// keep builds a file's folder with the content that write writes and what ref says once that is done, and gives it its name.
func (d *Dir) keep(ref *Ref, write func(path string) error) (err error) {
	folder, lock, err := d.begin()
	if err != nil {
		return unwritable(err)
	}
	defer func() {
		if err != nil {
			*ref = Ref{}
			err = errors.Join(unwritable(err), os.RemoveAll(folder))
		}
		err = errors.Join(err, lock.Close())
	}()
	if err := write(filepath.Join(folder, contentFile)); err != nil {
		return err
	}
	b, err := json.Marshal(ref)
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(folder, refFile), b); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	if err := syncDir(folder); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	shard := filepath.Join(d.root, ref.ID[:2])
	if err := os.Mkdir(shard, 0o700); err == nil {
		err = syncDir(d.root)
		if err != nil {
			return fmt.Errorf("blob: %w", err)
		}
	} else if !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("blob: %w", err)
	}
	if err := os.Rename(folder, filepath.Join(shard, ref.ID)); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	return syncDir(shard)
}

// write copies r into a file, fills in what is learnt on the way, and checks the content before anything is kept.
func (d *Dir) write(ctx context.Context, path string, r io.Reader, ref *Ref, name string) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := receive(ctx, r, f, d.max, ref); err != nil {
		return err
	}
	if err := ref.identify(f, name); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}

// unwritable says in our words what an operator can act on, the same words as of a database's file.
func unwritable(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.Wrap(err, fault.Unavailable, "storage_full", "the disk is full; nothing was written")
	case errors.Is(err, syscall.EROFS), errors.Is(err, os.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, "storage_read_only", "the data directory cannot be written")
	}
	return err
}

// cannotWrite tells a directory that takes nothing from a file that did not arrive.
func cannotWrite(err error) bool {
	return err != nil && fault.KindOf(unwritable(err)) == fault.Unavailable
}

// Open opens a stored file; see Store.
func (d *Dir) Open(_ context.Context, id string) (io.ReadSeekCloser, Ref, error) {
	folder, err := d.folder(id)
	if err != nil {
		return nil, Ref{}, err
	}
	b, err := os.ReadFile(filepath.Join(folder, refFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, Ref{}, errAbsent()
	}
	var ref Ref
	if err == nil {
		err = json.Unmarshal(b, &ref)
	}
	if err != nil {
		return nil, Ref{}, fmt.Errorf("blob: %s: %w", id, err)
	}
	f, err := os.Open(filepath.Join(folder, contentFile))
	if errors.Is(err, os.ErrNotExist) { // deleted in between
		return nil, Ref{}, errAbsent()
	}
	if err != nil {
		return nil, Ref{}, fmt.Errorf("blob: %w", err)
	}
	return f, ref, nil
}

// Delete removes a file; see Store. It leaves its id by one rename, so that no reader meets half a file.
func (d *Dir) Delete(_ context.Context, id string) error {
	folder, err := d.folder(id)
	if err != nil {
		return nil // an id that is none was never put
	}
	gone := filepath.Join(d.root, building+"gone-"+id)
	if err := os.Rename(folder, gone); errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	return os.RemoveAll(gone)
}

// folder is where a file lives. Only ids we made name a folder, so no id can point outside.
func (d *Dir) folder(id string) (string, error) {
	if !ours(id) {
		return "", errAbsent()
	}
	return filepath.Join(d.root, id[:2], id), nil
}

func writeFile(path string, b []byte) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Sync()
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// hasExtension reports whether a name ends in one of the extensions, whatever its case.
func hasExtension(name string, extensions []string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	for _, e := range extensions {
		if ext == e {
			return true
		}
	}
	return false
}
