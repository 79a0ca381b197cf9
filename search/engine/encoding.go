package engine

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// encodeAnswer compresses an answer of any size when the client asks for it:
// meilisearch-go expects every answer in the encoding it was configured with.
// Such a client packs its own bodies too. One that sends a plain body asks only
// because Go's transport always does, mostly from the same process, where
// packing costs more than it saves: it gets a plain answer. Request bodies are
// unpacked by Fiber.
func encodeAnswer(c *fiber.Ctx) error {
	if err := c.Next(); err != nil {
		// The error must be written here to be encoded too.
		if err := c.App().ErrorHandler(c, err); err != nil {
			return err
		}
	}
	body := c.Response().Body()
	accepted := c.Get(fiber.HeaderAcceptEncoding)
	plainBody := len(c.Request().Body()) > 0 && c.Get(fiber.HeaderContentEncoding) == ""
	if len(body) == 0 || accepted == "" || plainBody {
		return nil
	}
	encoding := ""
	var packed []byte
	switch {
	case strings.Contains(accepted, "br"):
		encoding, packed = "br", fasthttp.AppendBrotliBytesLevel(nil, body, fasthttp.CompressBrotliBestSpeed)
	case strings.Contains(accepted, "gzip"):
		encoding, packed = "gzip", fasthttp.AppendGzipBytesLevel(nil, body, fasthttp.CompressBestSpeed)
	case strings.Contains(accepted, "deflate"):
		encoding, packed = "deflate", fasthttp.AppendDeflateBytesLevel(nil, body, fasthttp.CompressBestSpeed)
	default:
		return nil
	}
	c.Response().SetBodyRaw(packed)
	c.Set(fiber.HeaderContentEncoding, encoding)
	return nil
}
