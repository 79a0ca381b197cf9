package resttest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gofiber/fiber/v2"
)

const spec = `
openapi: 3.0.3
info: {title: things, version: "1"}
paths:
  /things/{id}:
    get:
      operationId: getThing
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: The thing
          headers: {ETag: {required: true, schema: {type: string}}}
          content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}}}
  /things/new:
    get:
      operationId: newThing
      responses:
        "204": {description: Nothing}
`

// overheard notes failures instead of failing.
type overheard struct {
	testing.TB
	failures []string
}

func (o *overheard) Errorf(format string, args ...any) {
	o.failures = append(o.failures, fmt.Sprintf(format, args...))
}

func (o *overheard) Helper() {}

func TestAnswersAreHeldToTheSpecification(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData([]byte(spec))
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New()
	app.Get("/things/new", func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusNoContent) })
	app.Get("/things/:id", func(c *fiber.Ctx) error {
		switch c.Params("id") {
		case "good":
			c.Set(fiber.HeaderETag, `"1"`)
			return c.JSON(fiber.Map{"name": "x"})
		case "no-etag":
			return c.JSON(fiber.Map{"name": "x"})
		case "wrong-type":
			c.Set(fiber.HeaderETag, `"1"`)
			return c.JSON(fiber.Map{"name": 1})
		default:
			return c.Status(fiber.StatusTeapot).JSON(fiber.Map{})
		}
	})
	app.Get("/secret", func(c *fiber.Ctx) error { return c.SendString("hidden") })
	for path, want := range map[string]string{
		"/things/good": "", "/things/new": "", "/things/no-etag": "ETag", "/things/wrong-type": "string", "/things/teapot": "418",
		"/secret": "in no specification", "/nowhere": "in no specification",
	} {
		ear := &overheard{TB: t}
		New(ear, app, doc).Get(path)
		got := strings.Join(ear.failures, "\n")
		if want == "" && got != "" || want != "" && !strings.Contains(got, want) {
			t.Errorf("%s: heard %q, want something about %q", path, got, want)
		}
	}
	c := New(t, app, doc)
	c.As("token").Get("/things/new").Want(204)
	if left := c.Unvisited(); !slices.Equal(left, []string{"getThing"}) {
		t.Errorf("unvisited: %v", left)
	}
}
