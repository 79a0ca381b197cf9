package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockData makes the data directory and takes it for this process alone: two processes on one SQLite directory would each
// believe to be the only one. Replicas of a service that keeps its documents on a server share theirs, which then holds
// attachments only. The lock goes with the process, however it ends.
func lockData(dir string, shared bool) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the data directory %s cannot be made: %w", dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data directory %s cannot be written: %w", dir, err)
	}
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("the data directory %s is in use by another process; stop it, or choose another with LIANBANG_DATA", dir)
		}
		return nil, fmt.Errorf("the data directory %s cannot be locked: %w", dir, err)
	}
	return f, nil
}
