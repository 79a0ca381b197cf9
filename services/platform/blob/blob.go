// Package blob keeps attachments: bytes under an id, with a name that is safe to show and a type that was read from the
// content. It refuses whatever a reader's machine could run or a browser could render as a page, and it writes a file whole or
// not at all. It knows nobody's rights: the service that holds the parent decides who may read, and passes the file on.
package blob

import (
	"context"
	"io"
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
}

// DefaultMaxSize is the largest file a directory takes unless told otherwise, in bytes.
const DefaultMaxSize = 20 << 20

var _ Store = (*Dir)(nil)
