package engine

import (
	"fmt"
	"net/http"
)

// apiError is an error a client may see, in Meilisearch's JSON. The code
// decides the HTTP status and the type.
type apiError struct {
	Message string `json:"message"`
	Code    string `json:"code"`
	Type    string `json:"type"`
	Link    string `json:"link"`
}

func (e *apiError) Error() string { return e.Message }

// statuses holds the codes that are not a plain 400 invalid_request. The table
// is Meilisearch's own (docs.meilisearch.com/errors).
var statuses = map[string]struct {
	status int
	kind   string
}{
	"api_key_not_found":            {http.StatusNotFound, "invalid_request"},
	"batch_not_found":              {http.StatusNotFound, "invalid_request"},
	"document_not_found":           {http.StatusNotFound, "invalid_request"},
	"index_already_exists":         {http.StatusConflict, "invalid_request"},
	"index_not_found":              {http.StatusNotFound, "invalid_request"},
	"internal":                     {http.StatusInternalServerError, "internal"},
	"invalid_api_key":              {http.StatusForbidden, "auth"},
	"invalid_content_type":         {http.StatusUnsupportedMediaType, "invalid_request"},
	"missing_authorization_header": {http.StatusUnauthorized, "auth"},
	"missing_content_type":         {http.StatusUnsupportedMediaType, "invalid_request"},
	"not_found":                    {http.StatusNotFound, "invalid_request"},
	"payload_too_large":            {http.StatusRequestEntityTooLarge, "invalid_request"},
	"task_not_found":               {http.StatusNotFound, "invalid_request"},
}

func newError(code, format string, args ...any) *apiError {
	kind := "invalid_request"
	if s, ok := statuses[code]; ok {
		kind = s.kind
	}
	return &apiError{
		Message: fmt.Sprintf(format, args...),
		Code:    code,
		Type:    kind,
		Link:    "https://docs.meilisearch.com/errors#" + code,
	}
}

func (e *apiError) status() int {
	if s, ok := statuses[e.Code]; ok {
		return s.status
	}
	return http.StatusBadRequest
}

func errIndexNotFound(uid string) *apiError {
	return newError("index_not_found", "Index `%s` not found.", uid)
}

func errIndexExists(uid string) *apiError {
	return newError("index_already_exists", "Index `%s` already exists.", uid)
}

func errDocumentNotFound(id string) *apiError {
	return newError("document_not_found", "Document `%s` not found.", id)
}
