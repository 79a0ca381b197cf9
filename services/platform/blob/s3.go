package blob

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"lianbang/services/platform/fault"
)

// S3Options say where a bucket is.
type S3Options struct {
	URL           string // https://host[:port]/bucket; http only within a closed network
	Region        string // "" means us-east-1, which servers without regions expect
	KeyID, Secret string
	Folder        string // of the bucket, one per service
	MaxSize       int64  // bytes; 0 means DefaultMaxSize
}

// S3 is a Store in a bucket of S3-compatible storage, where replicas of a service on several machines share it. A file is one object,
// "folder/<id>", and carries its Ref as metadata: so it is there with its description or not at all.
type S3 struct {
	client         *minio.Client
	bucket, folder string
	max            int64
}

// refKey is the metadata field that holds the Ref: JSON in base64, since metadata are headers.
const refKey = "Ref"

const (
	s3Timeout  = 25 * time.Second // for one request but the reading of a file
	s3Download = 5 * time.Minute
	s3Retries  = 3
)

// OpenS3 connects to a bucket, which must exist: a wrong name or key is told at once, storage that is away is waited for by each request.
func OpenS3(ctx context.Context, o S3Options) (*S3, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("blob: the address of S3 storage is https://host/bucket")
	}
	bucket := strings.Trim(u.Path, "/")
	if bucket == "" || strings.Contains(bucket, "/") || o.KeyID == "" || o.Secret == "" {
		return nil, errors.New("blob: S3 storage needs one bucket in its address (https://host/bucket), a key id and a secret")
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.MaxSize == 0 {
		o.MaxSize = DefaultMaxSize
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = s3Timeout
	client, err := minio.New(u.Host, &minio.Options{Creds: credentials.NewStaticV4(o.KeyID, o.Secret, ""), Secure: u.Scheme == "https",
		Region: o.Region, Transport: transport, MaxRetries: s3Retries})
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	there, err := client.BucketExists(ctx, bucket)
	if err == nil && !there {
		return nil, fmt.Errorf("blob: %s has no bucket %s", u.Host, bucket)
	}
	if answer := minio.ToErrorResponse(err); err != nil && (answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusUnauthorized) {
		return nil, fmt.Errorf("blob: %s refuses our key: %w", u.Host, err)
	}
	return &S3{client: client, bucket: bucket, folder: strings.Trim(o.Folder, "/"), max: o.MaxSize}, nil
}

// Put stores a file; see Store. The file is checked in memory, where the request it came with is already; it is sent in one piece, which
// the storage keeps whole or not at all.
func (s *S3) Put(ctx context.Context, r io.Reader, name string) (Ref, error) {
	ref := Ref{ID: uuid.NewString()}
	var content bytes.Buffer
	if err := receive(ctx, r, &content, s.max, &ref); err != nil {
		return Ref{}, err
	}
	if err := ref.identify(bytes.NewReader(content.Bytes()), name); err != nil {
		return Ref{}, err
	}
	if err := s.send(ctx, ref, &content); err != nil {
		return Ref{}, err
	}
	return ref, nil
}

// PutSealed stores content nobody can look into; see Store.
func (s *S3) PutSealed(ctx context.Context, id string, content []byte) error {
	if !ours(id) {
		return errAbsent()
	}
	return s.send(ctx, sealed(id, content), bytes.NewReader(content))
}

func (s *S3) send(ctx context.Context, ref Ref, content io.Reader) error {
	b, err := json.Marshal(ref)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s3Timeout)
	defer cancel()
	_, err = s.client.PutObject(ctx, s.bucket, s.key(ref.ID), content, ref.Size, minio.PutObjectOptions{ContentType: ref.Type, DisableMultipart: true,
		UserMetadata: map[string]string{refKey: base64.StdEncoding.EncodeToString(b)}})
	if err != nil {
		return away(err)
	}
	return nil
}

// Open opens a stored file; see Store. Its content is read from the storage as the caller reads.
func (s *S3) Open(ctx context.Context, id string) (io.ReadSeekCloser, Ref, error) {
	if !ours(id) {
		return nil, Ref{}, errAbsent()
	}
	ctx, cancel := context.WithTimeout(ctx, s3Download)
	object, err := s.client.GetObject(ctx, s.bucket, s.key(id), minio.GetObjectOptions{})
	if err != nil {
		cancel()
		return nil, Ref{}, away(err)
	}
	file := &download{object, cancel}
	info, err := object.Stat() // the answer's head; its body is what Read gives
	if err != nil {
		_ = file.Close()
		if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
			return nil, Ref{}, errAbsent()
		}
		return nil, Ref{}, away(err)
	}
	var ref Ref
	b, err := base64.StdEncoding.DecodeString(info.UserMetadata[refKey])
	if err == nil {
		err = json.Unmarshal(b, &ref)
	}
	if err != nil || ref.ID != id {
		_ = file.Close()
		return nil, Ref{}, fmt.Errorf("blob: the object %s was not written by us: %w", s.key(id), err)
	}
	return file, ref, nil
}

// Delete removes a file; see Store.
func (s *S3) Delete(ctx context.Context, id string) error {
	if !ours(id) {
		return nil // an id that is none was never put
	}
	ctx, cancel := context.WithTimeout(ctx, s3Timeout)
	defer cancel()
	if err := s.client.RemoveObject(ctx, s.bucket, s.key(id), minio.RemoveObjectOptions{}); err != nil && minio.ToErrorResponse(err).StatusCode != http.StatusNotFound {
		return away(err)
	}
	return nil
}

func (s *S3) key(id string) string { return s.folder + "/" + id }

// away is a failure of the storage: nobody's input was wrong, and later it may work.
func away(err error) error {
	return fault.Wrap(err, fault.Unavailable, "files_away", "the file storage cannot be reached right now")
}

// download ends its request when it is closed.
type download struct {
	*minio.Object
	cancel context.CancelFunc
}

// Close ends the download.
func (d *download) Close() error {
	defer d.cancel()
	return d.Object.Close()
}
