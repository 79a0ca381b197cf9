package rest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
)

type operation struct {
	id    string
	route *routers.Route
	form  bool              // sent as a multipart form
	names map[string]string // what its JSON body may hold
}

func (a *App) load(spec *openapi3.T) error {
	if err := spec.Validate(context.Background()); err != nil {
		return err
	}
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" {
				return fmt.Errorf("%s %s has no operation id", method, path)
			}
			id := OperationID(op.OperationID) // not written back: a specification may be shared
			a.ops[method+" "+fiberPath(path)] = &operation{id: id, form: takesForm(op), names: propertyNames(op),
				route: &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: op}}
		}
	}
	return nil
}

// OperationID is an operation id as our specifications write it: the code generator embeds it with a capital letter.
func OperationID(embedded string) string { return strings.ToLower(embedded[:1]) + embedded[1:] }

// fiberPath turns /demands/{id} into /demands/:id, as the generated code registers it.
func fiberPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// Guard is the handler middleware of every generated route: the policy table first, then the specification. It is
// registered through FiberServerOptions.HandlerMiddlewares, where Fiber already knows the route.
func (a *App) Guard(c *fiber.Ctx, next fiber.Handler) error {
	op, ok := a.ops[c.Method()+" "+c.Route().Path]
	if !ok {
		return fmt.Errorf("rest: route %s %s is not in the specification", c.Method(), c.Route().Path)
	}
	r := c.UserContext().Value(requestKey{}).(*Request)
	r.Operation = op.id
	if err := access.Check(access.From(c.UserContext()), op.id); err != nil {
		return err
	}
	if err := validate(c, op); err != nil {
		return err
	}
	if access.Policy[op.id].Decision {
		if a.o.Standing != nil {
			if err := a.o.Standing(c.UserContext(), access.From(c.UserContext())); err != nil {
				return err
			}
		}
		r.Reason = reasonIn(c.Request().Body())
	}
	if r.IdempotencyKey != "" {
		if len(r.IdempotencyKey) > 128 {
			return fault.Bad(fault.Field{Path: "Idempotency-Key", Code: "too_long", Detail: "at most 128 characters"})
		}
		sum := sha256.Sum256(c.Body())
		r.BodyHash = hex.EncodeToString(sum[:])
	}
	if body := op.route.Operation.RequestBody; body != nil && body.Value != nil && !body.Value.Required && len(c.Body()) == 0 {
		c.Request().Header.SetContentType(fiber.MIMEApplicationJSON) // the generated code parses an optional body even when none came
		c.Request().SetBodyString("{}")
	}
	return next(c)
}

// reasonIn is the reason in a decision's body, by the names every specification gives it.
func reasonIn(body []byte) string {
	var said struct {
		Reason string `json:"reason"`
		Note   string `json:"note"`
	}
	_ = json.Unmarshal(body, &said) // a body without them, or without JSON, gives none
	return cmp.Or(said.Reason, said.Note)
}

// validate holds the request to its operation. A form is left to the operation that takes one; anywhere else it is refused, since the
// generated code would read it past the specification.
func validate(c *fiber.Ctx, op *operation) error {
	kind, _, _ := strings.Cut(strings.ToLower(c.Get(fiber.HeaderContentType)), ";")
	form := strings.TrimSpace(kind) == fiber.MIMEMultipartForm
	if form != op.form && len(c.Request().Body()) > 0 && op.route.Operation.RequestBody != nil {
		return fault.Bad(fault.Field{Path: fiber.HeaderContentType, Code: "invalid", Detail: "not the kind of content this operation takes"})
	}
	if len(op.names) > 0 {
		if err := unambiguous(c.Request().Body(), op.names); err != nil {
			return err
		}
	}
	var request http.Request
	if err := fasthttpadaptor.ConvertRequest(c.Context(), &request, true); err != nil {
		return fault.Wrap(err, fault.Invalid, "malformed", "the request cannot be read")
	}
	params := map[string]string{}
	for _, name := range c.Route().Params {
		params[name] = c.Params(name)
	}
	input := &openapi3filter.RequestValidationInput{Request: &request, PathParams: params, Route: op.route,
		Options: &openapi3filter.Options{MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
			ExcludeRequestBody: op.form}}
	if err := openapi3filter.ValidateRequest(c.UserContext(), input); err != nil {
		return violation(err)
	}
	return nil
}

// violation turns what the validator found into fields a form can show. The validator's texts quote schemas, so only its
// one-line reasons are passed on.
func violation(err error) error {
	fields := collect(err, "", nil)
	if len(fields) == 0 {
		return fault.Wrap(err, fault.Invalid, "malformed", "the request does not fit the specification")
	}
	return fault.Bad(fields...)
}

func collect(err error, at string, fields []fault.Field) []fault.Field {
	var many openapi3.MultiError
	var request *openapi3filter.RequestError
	var schema *openapi3.SchemaError
	switch {
	case errors.As(err, &many) && !isOuter(err, &request):
		for _, e := range many {
			fields = collect(e, at, fields)
		}
	case errors.As(err, &request):
		if request.Parameter != nil {
			at = request.Parameter.Name
		}
		if request.Err == nil {
			return append(fields, fault.Field{Path: at, Code: "invalid", Detail: request.Reason})
		}
		fields = collect(request.Err, at, fields)
	case errors.As(err, &schema):
		path := strings.Join(schema.JSONPointer(), ".")
		if at != "" {
			path = strings.Trim(at+"."+path, ".")
		}
		fields = append(fields, fault.Field{Path: path, Code: reasonCode(schema), Detail: schema.Reason})
	default:
		fields = append(fields, fault.Field{Path: at, Code: "invalid", Detail: firstLine(err.Error())})
	}
	return fields
}

// isOuter reports whether err itself, not something it wraps, is a RequestError.
func isOuter(err error, target **openapi3filter.RequestError) bool {
	r, ok := err.(*openapi3filter.RequestError) //nolint:errorlint // the outermost layer is the question
	if ok {
		*target = r
	}
	return ok
}

// reasonCode is the schema keyword that failed, in the words the front end translates.
func reasonCode(e *openapi3.SchemaError) string {
	switch e.SchemaField {
	case "required":
		return "required"
	case "minLength", "minItems":
		return "too_short"
	case "maxLength", "maxItems":
		return "too_long"
	case "minimum", "exclusiveMinimum":
		return "too_small"
	case "maximum", "exclusiveMaximum":
		return "too_large"
	case "pattern", "format":
		return "bad_format"
	case "enum":
		return "not_a_choice"
	case "type", "nullable":
		return "wrong_type"
	case "properties", "additionalProperties":
		return "unknown_field"
	default:
		return "invalid"
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// GuardOptional is Guard for services with a POST whose body is optional: the generated code insists on something to parse.
func (a *App) GuardOptional(c *fiber.Ctx, next fiber.Handler) error {
	return a.Guard(c, func(c *fiber.Ctx) error {
		if c.Method() == fiber.MethodPost && len(c.Body()) == 0 {
			c.Request().Header.SetContentType(fiber.MIMEApplicationJSON)
			c.Request().SetBodyString("{}")
		}
		return next(c)
	})
}
