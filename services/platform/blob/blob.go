// Package blob keeps attachments: bytes under an id, with a name that is safe to show and a type that was read from the
// content. It refuses whatever a reader's machine could run or a browser could render as a page, and it writes a file whole or
// not at all. It knows nobody's rights: the service that holds the parent decides who may read, and passes the file on.
package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/google/uuid"

	"lianbang/services/platform/fault"
)

// Ref describes a stored file. It is small and belongs in the parent's document.
type Ref struct {
	ID     string `json:"id"`
	Name   string `json:"name"`   // sanitised, with an extension that fits Type
	Type   string `json:"type"`   // media type, found by content
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // of the content, in hex
}

// Store keeps files. Put reads r to its end, checks the content and returns once the file is durable: a TooLarge fault
// "file_too_large" past the limit, an Unsupported one ("file_type", "file_active", "file_damaged", "file_bomb") for content we
// do not take, an Invalid one "file_empty". Open is a NotFound fault for an id nobody put. Delete of an absent id is no error.
type Store interface {
	Put(ctx context.Context, r io.Reader, name string) (Ref, error)
	Open(ctx context.Context, id string) (io.ReadSeekCloser, Ref, error)
	Delete(ctx context.Context, id string) error
	// PutSealed keeps content that only its owner can read, under an id of NewID's. What is in it was looked at before, by Inspect: once
	// sealed it has no type.
	PutSealed(ctx context.Context, id string, content []byte) error
}

// Inspect checks a whole file as Put does, under the same faults, and says what it is, without keeping it. The Ref has no ID.
func Inspect(content []byte, name string) (ref Ref, err error) {
	if err := receive(context.Background(), bytes.NewReader(content), io.Discard, DefaultMaxSize, &ref); err != nil {
		return Ref{}, err
	}
	return ref, ref.identify(bytes.NewReader(content), name)
}

// NewID is an id for a file that is sealed before it is put, and bound to its id.
func NewID() string { return uuid.NewString() }

// sealed describes content nobody can look into.
func sealed(id string, content []byte) Ref {
	sum := sha256.Sum256(content)
	return Ref{ID: id, Name: "sealed", Type: "application/octet-stream", Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
}

// DefaultMaxSize is the largest file a store takes unless told otherwise, in bytes.
const DefaultMaxSize = 20 << 20

var (
	_ Store = (*Dir)(nil)
	_ Store = (*S3)(nil)
)

// receive copies r to w, and notes size and sum. It refuses what is empty or larger than most bytes.
func receive(ctx context.Context, r io.Reader, w io.Writer, most int64, ref *Ref) (err error) {
	sum := sha256.New()
	ref.Size, err = io.Copy(io.MultiWriter(w, sum), io.LimitReader(contextReader{ctx, r}, most+1))
	switch {
	case cannotWrite(err):
		return err
	case err != nil:
		return fault.Wrap(err, fault.Invalid, "file_unreadable", "the file did not arrive whole")
	case ref.Size > most:
		return fault.Newf(fault.TooLarge, "file_too_large", "a file may have at most %d MB", most>>20)
	case ref.Size == 0:
		return fault.New(fault.Invalid, "file_empty", "the file is empty")
	}
	ref.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// identify checks the content received, and names it for what it is.
func (ref *Ref) identify(content io.ReaderAt, name string) error {
	kind, err := detect(content, ref.Size)
	if err != nil {
		return err
	}
	ref.Type, ref.Name = kind.media, kind.name(name)
	return nil
}

// ours reports whether an id is one that we make. No other id becomes part of a path.
func ours(id string) bool {
	parsed, err := uuid.Parse(id)
	return err == nil && parsed.String() == id
}

func errAbsent() error { return fault.New(fault.NotFound, "", "there is no such file") }

// contextReader stops a long upload when its request ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
