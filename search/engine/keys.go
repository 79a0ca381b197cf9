package engine

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// apiKey is one of the two keys that follow from the master key. Keys are not
// managed here: none is created, changed or deleted.
type apiKey struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Key         string     `json:"key"`
	UID         string     `json:"uid"`
	Actions     []string   `json:"actions"`
	Indexes     []string   `json:"indexes"`
	ExpiresAt   *time.Time `json:"expiresAt"`
	CreatedAt   time.Time  `json:"createdAt"`
	UpdatedAt   time.Time  `json:"updatedAt"`

	searchOnly bool
}

// defaultKeys derives the keys Meilisearch makes for a new instance. They are
// the same at every start, and none exists without a master key.
func defaultKeys(masterKey string, now time.Time) []apiKey {
	if masterKey == "" {
		return []apiKey{}
	}
	derive := func(name, description string, searchOnly bool, actions ...string) apiKey {
		uid := derivedUUID(masterKey + name)
		mac := hmac.New(sha256.New, []byte(masterKey))
		mac.Write([]byte(uid))
		return apiKey{
			Name: name, Description: description, Key: hex.EncodeToString(mac.Sum(nil)), UID: uid,
			Actions: actions, Indexes: []string{"*"}, CreatedAt: now, UpdatedAt: now, searchOnly: searchOnly,
		}
	}
	return []apiKey{
		derive("Default Search API Key", "Use it to search from the frontend", true, "search"),
		derive("Default Admin API Key", "Use it for anything that is not a search operation. Caution! Do not expose it on a public frontend", false, "*"),
	}
}

// derivedUUID is a UUID of version 4's form that depends on seed only.
func derivedUUID(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// authorise lets a request pass if its bearer token is the master key or a
// default key that may do this.
func (e *Engine) authorise(c *fiber.Ctx) error {
	if e.opts.MasterKey == "" {
		return c.Next()
	}
	scheme, token, found := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !found || !strings.EqualFold(scheme, "bearer") {
		return newError("missing_authorization_header", "The Authorization header is missing. It must use the bearer authorization method.")
	}
	allowed := sameSecret(token, e.opts.MasterKey)
	for _, k := range e.keys {
		if sameSecret(token, k.Key) && (!k.searchOnly || isSearch(c.Method(), c.Path())) {
			allowed = true
		}
	}
	if !allowed {
		return newError("invalid_api_key", "The provided API key is invalid.")
	}
	return c.Next()
}

func sameSecret(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// isSearch tells whether a route only searches.
func isSearch(method, path string) bool {
	if path == "/multi-search" {
		return method == fiber.MethodPost
	}
	return strings.HasPrefix(path, "/indexes/") && (strings.HasSuffix(path, "/search") || strings.HasSuffix(path, "/facet-search"))
}

func (e *Engine) listKeys(c *fiber.Ctx) error {
	q := struct {
		Offset *int `json:"offset" code:"invalid_api_key_offset"`
		Limit  *int `json:"limit" code:"invalid_api_key_limit"`
	}{}
	if err := decodeQuery(rawQuery(c), &q); err != nil {
		return err
	}
	offset, limit := valueOr(q.Offset, 0), valueOr(q.Limit, defaultLimit)
	if offset < 0 {
		return newError("invalid_api_key_offset", "Invalid value in parameter `offset`: could not parse `%d` as a positive integer", offset)
	}
	if limit < 0 {
		return newError("invalid_api_key_limit", "Invalid value in parameter `limit`: could not parse `%d` as a positive integer", limit)
	}
	from := min(offset, len(e.keys))
	page := e.keys[from:min(from+limit, len(e.keys))]
	return c.JSON(fiber.Map{"results": page, "offset": offset, "limit": limit, "total": len(e.keys)})
}

func (e *Engine) getKey(c *fiber.Ctx) error {
	wanted := c.Params("key")
	for _, k := range e.keys {
		if k.UID == wanted || sameSecret(k.Key, wanted) {
			return c.JSON(k)
		}
	}
	return newError("api_key_not_found", "API key `%s` not found.", wanted)
}
