package engine

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
)

func (e *Engine) getSettings(c *fiber.Ctx) error {
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	return c.JSON(ix.meta.Settings)
}

func (e *Engine) patchSettings(c *fiber.Ctx) error { return e.acceptSettings(c, c.Body()) }

// acceptSettings checks a patch against the defaults, so that what can never
// be right is refused at once, and queues it.
func (e *Engine) acceptSettings(c *fiber.Ctx, patch []byte) error {
	uid := c.Params("uid")
	if err := checkIndexUID(uid); err != nil {
		return err
	}
	if !json.Valid(patch) {
		return newError("malformed_payload", "The json payload provided is malformed.")
	}
	trial := defaultSettings()
	if err := trial.patch(patch); err != nil {
		return err
	}
	t := &task{Type: typeSettingsUpdate, IndexUID: uid, Details: map[string]any{}}
	var shown map[string]json.RawMessage
	if err := json.Unmarshal(patch, &shown); err != nil {
		return err
	}
	for name, value := range shown {
		t.Details[name] = value
	}
	return e.accepted(c, t, patch)
}

func (e *Engine) deleteSettings(c *fiber.Ctx) error {
	uid := c.Params("uid")
	if err := checkIndexUID(uid); err != nil {
		return err
	}
	return e.accepted(c, &task{Type: typeSettingsUpdate, IndexUID: uid, Everything: true, Details: map[string]any{}}, nil)
}

// kebab turns a setting's name into its route, e.g. stopWords into stop-words.
func kebab(name string) string {
	var out strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte('-')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}

// settingMethod is PATCH for the settings that are objects with fields of
// their own and PUT for the others.
func settingMethod(name string) string {
	switch name {
	case "typoTolerance", "faceting", "pagination", "embedders", "chat":
		return http.MethodPatch
	}
	return http.MethodPut
}

func (e *Engine) getSetting(name string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ix, err := e.acquire(c.Params("uid"))
		if err != nil {
			return err
		}
		defer ix.release()
		return c.JSON(settingTable[name].get(&ix.meta.Settings))
	}
}

func (e *Engine) putSetting(name string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if !json.Valid(c.Body()) {
			return newError("malformed_payload", "The json payload provided is malformed.")
		}
		patch, err := json.Marshal(map[string]json.RawMessage{name: c.Body()})
		if err != nil {
			return err
		}
		return e.acceptSettings(c, patch)
	}
}

func (e *Engine) resetSetting(name string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return e.acceptSettings(c, []byte(`{"`+name+`":null}`))
	}
}
