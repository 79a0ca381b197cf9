package engine

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
)

// Version is the Meilisearch version whose API this engine answers to.
const Version = "1.15.0"

// routes builds the HTTP application: every route the engine serves.
func (e *Engine) routes() *fiber.App {
	app := fiber.New(fiber.Config{
		Immutable:             true, // strings taken from a request outlive it
		BodyLimit:             e.opts.BodyLimit,
		ReadTimeout:           60 * time.Second,
		WriteTimeout:          60 * time.Second,
		IdleTimeout:           120 * time.Second,
		DisableStartupMessage: true,
		ErrorHandler:          e.handleError,
	})
	app.Use(encodeAnswer)
	app.Use(recover.New()) // the process serves others too: a fault in one request must not end it
	app.Get("/health", e.noQuery(e.getHealth))
	app.Use(e.authorise)
	app.Get("/version", e.noQuery(e.getVersion))
	app.Get("/stats", e.noQuery(e.getStats))
	app.Get("/keys", e.listKeys)
	app.Get("/keys/:key", e.noQuery(e.getKey))

	app.Get("/indexes", e.listIndexes)
	app.Post("/indexes", e.noQuery(e.postIndex))
	app.Get("/indexes/:uid", e.noQuery(e.getIndex))
	app.Patch("/indexes/:uid", e.noQuery(e.patchIndex))
	app.Delete("/indexes/:uid", e.noQuery(e.deleteIndex))
	app.Get("/indexes/:uid/stats", e.noQuery(e.getIndexStats))
	app.Post("/indexes/:uid/compact", e.noQuery(e.postCompact))
	app.Post("/swap-indexes", e.noQuery(e.postSwap))

	app.Get("/indexes/:uid/settings", e.noQuery(e.getSettings))
	app.Patch("/indexes/:uid/settings", e.noQuery(e.patchSettings))
	app.Delete("/indexes/:uid/settings", e.noQuery(e.deleteSettings))
	for name := range settingTable {
		path := "/indexes/:uid/settings/" + kebab(name)
		app.Get(path, e.noQuery(e.getSetting(name)))
		app.Add(settingMethod(name), path, e.noQuery(e.putSetting(name)))
		app.Delete(path, e.noQuery(e.resetSetting(name)))
	}

	app.Post("/indexes/:uid/documents", e.postDocuments(false))
	app.Put("/indexes/:uid/documents", e.postDocuments(true))
	app.Get("/indexes/:uid/documents", e.getDocuments)
	app.Delete("/indexes/:uid/documents", e.deleteAllDocuments)
	app.Post("/indexes/:uid/documents/fetch", e.noQuery(e.fetchDocuments))
	app.Post("/indexes/:uid/documents/delete-batch", e.deleteDocumentBatch)
	app.Post("/indexes/:uid/documents/delete", e.deleteDocumentsByFilter)
	app.Get("/indexes/:uid/documents/:id", e.getDocument)
	app.Delete("/indexes/:uid/documents/:id", e.deleteDocument)

	app.Post("/indexes/:uid/search", e.noQuery(e.postSearch))
	app.Get("/indexes/:uid/search", e.getSearch)
	app.Post("/indexes/:uid/facet-search", e.noQuery(e.postFacetSearch))
	app.Post("/multi-search", e.noQuery(e.postMultiSearch))

	app.Get("/tasks", e.listTasks)
	app.Get("/tasks/:uid", e.noQuery(e.getTask))
	app.Post("/tasks/cancel", e.cancelTasks)
	app.Delete("/tasks", e.deleteTasks)
	app.Get("/batches", e.listBatches)
	app.Get("/batches/:uid", e.noQuery(e.getBatch))

	app.Get("/experimental-features", e.noQuery(e.getFeatures))
	app.Patch("/experimental-features", e.noQuery(e.patchFeatures))

	app.Use(func(c *fiber.Ctx) error {
		return newError("not_found", "The route `%s %s` is not served by this engine.", c.Method(), c.Path())
	})
	return app
}

// handleError is the one place an error becomes an answer.
func (e *Engine) handleError(c *fiber.Ctx, err error) error {
	var api *apiError
	var framework *fiber.Error
	switch {
	case errors.As(err, &api):
	case errors.As(err, &framework) && framework.Code == http.StatusRequestEntityTooLarge:
		api = newError("payload_too_large", "The provided payload reached the size limit. The maximum accepted payload size is %d bytes.", e.opts.BodyLimit)
	case errors.As(err, &framework) && framework.Code < 500:
		api = newError("bad_request", "%s", framework.Message)
	default:
		e.opts.Logger.Error("engine: request failed", "method", c.Method(), "path", c.Path(), "error", err)
		api = newError("internal", "An internal error has occurred.")
	}
	return c.Status(api.status()).JSON(api)
}

// noQuery refuses URL parameters where none are expected.
func (e *Engine) noQuery(next fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := decodeQuery(rawQuery(c), &struct{}{}); err != nil {
			return err
		}
		return next(c)
	}
}

func rawQuery(c *fiber.Ctx) string { return string(c.Request().URI().QueryString()) }

// accepted answers a write with the summary of its task.
func (e *Engine) accepted(c *fiber.Ctx, t *task, payload []byte) error {
	summary, err := e.accept(t, payload)
	if err != nil {
		return err
	}
	return c.Status(http.StatusAccepted).JSON(summary)
}

func (e *Engine) getHealth(c *fiber.Ctx) error {
	return c.JSON(fiber.Map{"status": "available"})
}

func (e *Engine) getVersion(c *fiber.Ctx) error {
	return c.JSON(fiber.Map{"commitSha": "embedded", "commitDate": "unknown", "pkgVersion": Version})
}

// features are what Meilisearch calls experimental. What is served here is
// always on, the rest is off; neither can be switched.
var features = map[string]bool{
	"metrics": false, "logsRoute": false, "editDocumentsByFunction": false, "containsFilter": true, "network": false,
	"getTaskDocumentsRoute": false, "compositeEmbedders": false, "chatCompletions": false, "multimodal": false, "dynamicSearchRules": false,
}

func (e *Engine) getFeatures(c *fiber.Ctx) error { return c.JSON(features) }

func (e *Engine) patchFeatures(c *fiber.Ctx) error {
	var wanted map[string]*bool
	if err := json.Unmarshal(c.Body(), &wanted); err != nil {
		return newError("malformed_payload", "The json payload provided is malformed. `%s`.", err)
	}
	for name, on := range wanted {
		switch present, known := features[name]; {
		case !known:
			return newError("bad_request", "Unknown field `%s`", name)
		case on != nil && *on != present:
			return newError("feature_not_enabled", "The feature `%s` cannot be switched in this engine.", name)
		}
	}
	return c.JSON(features)
}
