package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Site is the built front end: its files, index.html among them.
type Site struct{ FS fs.FS }

// asset is one file, compressed at most once.
type asset struct {
	body     []byte
	kind     string
	etag     string
	once     sync.Once
	br, gzip []byte
}

// loadAssets reads every file of the site into memory: a few MB, served without touching the disk.
func loadAssets(site fs.FS) (map[string]*asset, error) {
	assets := map[string]*asset{}
	err := fs.WalkDir(site, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		body, err := fs.ReadFile(site, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		kind := mime.TypeByExtension(path.Ext(name))
		if kind == "" {
			kind = fiber.MIMEOctetStream
		}
		assets["/"+name] = &asset{body: body, kind: kind, etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
		return nil
	})
	return assets, err
}

// send answers with the file. Names under /assets/ carry a hash of their content and may be kept for ever.
func (a *asset) send(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, a.kind)
	c.Set(fiber.HeaderETag, a.etag)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if strings.HasPrefix(c.Path(), "/assets/") {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	} else {
		c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	}
	if c.Get(fiber.HeaderIfNoneMatch) == a.etag {
		return c.SendStatus(fiber.StatusNotModified)
	}
	if len(a.body) < 512 || strings.HasPrefix(a.kind, "image/") && a.kind != "image/svg+xml" {
		return c.Send(a.body)
	}
	a.once.Do(func() {
		a.br = fasthttp.AppendBrotliBytesLevel(nil, a.body, 9)
		a.gzip = fasthttp.AppendGzipBytesLevel(nil, a.body, fasthttp.CompressBestCompression)
	})
	switch accepts := c.Get(fiber.HeaderAcceptEncoding); {
	case strings.Contains(accepts, "br"):
		c.Set(fiber.HeaderContentEncoding, "br")
		return c.Send(a.br)
	case strings.Contains(accepts, "gzip"):
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(a.gzip)
	}
	return c.Send(a.body)
}
