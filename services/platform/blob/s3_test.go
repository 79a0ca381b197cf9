package blob

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"

	"lianbang/services/platform/fault"
)

// bucket is a real server of the protocol on a loopback port, with one bucket and one key.
type bucket struct {
	url     string
	backend *s3mem.Backend
	away    atomic.Bool
}

func openBucket(t *testing.T) *bucket {
	t.Helper()
	b := &bucket{backend: s3mem.New()}
	if err := b.backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	storage := gofakes3.New(b.backend, gofakes3.WithIntegrityCheck(true)).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case b.away.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=key/"):
			w.WriteHeader(http.StatusForbidden)
		default:
			storage.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

func (b *bucket) options(max int64) S3Options {
	return S3Options{URL: b.url + "/files", KeyID: "key", Secret: "secret", Folder: "demand-files", MaxSize: max}
}

func (b *bucket) objects(t *testing.T) []string {
	t.Helper()
	list, err := b.backend.ListBucket("files", nil, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, o := range list.Contents {
		all = append(all, o.Key)
	}
	return all
}

// TestServicesShareABucket: each has its folder, and finds its own files only.
func TestServicesShareABucket(t *testing.T) {
	b := openBucket(t)
	one, err := OpenS3(t.Context(), b.options(0))
	if err != nil {
		t.Fatal(err)
	}
	o := b.options(0)
	o.Folder = "account-files"
	other, err := OpenS3(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := one.Put(t.Context(), bytes.NewReader(samplePDF()), "a.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if all := b.objects(t); len(all) != 1 || all[0] != "demand-files/"+ref.ID {
		t.Errorf("the bucket holds %v", all)
	}
	if _, _, err := other.Open(t.Context(), ref.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another service opens it: %v", err)
	}
}

// TestStorageThatIsAway fails as something to try again, and a file that is not ours as a mistake.
func TestStorageThatIsAway(t *testing.T) {
	b := openBucket(t)
	s, err := OpenS3(t.Context(), b.options(0))
	if err != nil {
		t.Fatal(err)
	}
	foreign := "0192f0c1-0000-4000-8000-000000000001"
	if _, err := s.client.PutObject(t.Context(), "files", "demand-files/"+foreign, strings.NewReader("x"), 1, minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Open(t.Context(), foreign); err == nil || !strings.Contains(err.Error(), "not written by us") {
		t.Errorf("a foreign object opens: %v", err)
	}
	b.away.Store(true)
	if _, err := s.Put(t.Context(), bytes.NewReader(samplePDF()), "a.pdf"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("put: %v", err)
	}
	if _, _, err := s.Open(t.Context(), foreign); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("open: %v", err)
	}
	if err := s.Delete(t.Context(), foreign); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("delete: %v", err)
	}
	if _, err := OpenS3(t.Context(), b.options(0)); err != nil {
		t.Errorf("storage that is away keeps the service from starting: %v", err)
	}
}

func TestStorageThatCannotWork(t *testing.T) {
	b := openBucket(t)
	for want, change := range map[string]func(*S3Options){
		"https://host/bucket": func(o *S3Options) { o.URL = "files" },
		"one bucket":          func(o *S3Options) { o.URL = b.url },
		"a key id":            func(o *S3Options) { o.Secret = "" },
		"has no bucket":       func(o *S3Options) { o.URL = b.url + "/absent" },
		"refuses our key":     func(o *S3Options) { o.KeyID = "stranger" },
	} {
		o := b.options(0)
		change(&o)
		if _, err := OpenS3(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %q", err, want)
		}
	}
}

// TestTheLargestFile goes there and back.
func TestTheLargestFile(t *testing.T) {
	stores(t, 0, func(t *testing.T, s Store, _ func() int) {
		content := append(samplePDF(), bytes.Repeat([]byte("\n"), DefaultMaxSize-len(samplePDF()))...)
		copy(content[len(content)-6:], "%%EOF\n") // looked for at the end
		ref, err := s.Put(t.Context(), bytes.NewReader(content), "大.pdf")
		if err != nil {
			t.Fatal(err)
		}
		f, _, err := s.Open(t.Context(), ref.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if cerr := f.Close(); err != nil || cerr != nil || !bytes.Equal(got, content) {
			t.Errorf("read %d bytes, %v, %v", len(got), err, cerr)
		}
	})
}
