package engine

import (
	"encoding/json"
	"errors"

	"github.com/gofiber/fiber/v2"
)

func (e *Engine) postSearch(c *fiber.Ctx) error {
	var q searchRequest
	if err := decodeBody(c.Body(), &q); err != nil {
		return err
	}
	return e.answerSearch(c, &q)
}

func (e *Engine) getSearch(c *fiber.Ctx) error {
	var q searchRequest
	if err := decodeQuery(rawQuery(c), &q); err != nil {
		return err
	}
	return e.answerSearch(c, &q)
}

func (e *Engine) answerSearch(c *fiber.Ctx, q *searchRequest) error {
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	out, err := ix.search(c.UserContext(), q)
	if err != nil {
		return err
	}
	return c.JSON(out)
}

func (e *Engine) postFacetSearch(c *fiber.Ctx) error {
	var q facetSearchRequest
	if err := decodeBody(c.Body(), &q); err != nil {
		return err
	}
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	out, err := ix.facetSearch(c.UserContext(), &q)
	if err != nil {
		return err
	}
	return c.JSON(out)
}

func (e *Engine) postMultiSearch(c *fiber.Ctx) error {
	body := struct {
		Queries    []map[string]json.RawMessage `json:"queries" code:"bad_request"`
		Federation json.RawMessage              `json:"federation" refuse:"invalid_multi_search_federated"`
	}{}
	if err := decodeBody(c.Body(), &body); err != nil {
		return err
	}
	if body.Queries == nil {
		return newError("bad_request", "Missing field `queries`")
	}
	results := make([]*searchResponse, 0, len(body.Queries))
	for i, object := range body.Queries {
		out, err := e.oneOfMany(c, object)
		if err != nil {
			var api *apiError
			if errors.As(err, &api) {
				return newError(api.Code, "Inside `.queries[%d]`: %s", i, api.Message)
			}
			return err
		}
		results = append(results, out)
	}
	return c.JSON(fiber.Map{"results": results})
}

func (e *Engine) oneOfMany(c *fiber.Ctx, object map[string]json.RawMessage) (*searchResponse, error) {
	var uid string
	if raw, ok := object["indexUid"]; !ok || isNull(raw) {
		return nil, newError("missing_index_uid", "Missing field `indexUid`")
	} else if err := json.Unmarshal(raw, &uid); err != nil {
		return nil, newError("invalid_index_uid", "Invalid value type at `.indexUid`: expected a string")
	}
	delete(object, "indexUid")
	if raw, ok := object["federationOptions"]; ok && isNull(raw) {
		delete(object, "federationOptions")
	}
	var q searchRequest
	if err := decodeObject(object, &q); err != nil {
		return nil, err
	}
	ix, err := e.acquire(uid)
	if err != nil {
		return nil, err
	}
	defer ix.release()
	out, err := ix.search(c.UserContext(), &q)
	if err != nil {
		return nil, err
	}
	out.IndexUID = uid
	return out, nil
}
