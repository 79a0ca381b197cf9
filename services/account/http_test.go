package account

import (
	"context"
	"testing"

	"lianbang/services/account/api"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest/resttest"
)

// testCost keeps tests quick; TestServerCost measures the real one.
var testCost = cost{memory: 64, time: 1}

// world is a running account service on an empty store, with the people of a test.
type world struct {
	t     *testing.T
	env   *host.Env
	guest *resttest.Client
	peer  *resttest.Client
	seq   int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	e := resttest.Env(t, "account")
	r := resttest.Run(t, e, host.Module{Name: "account", Start: func(ctx context.Context, e *host.Env) (*host.Running, error) { return start(ctx, e, testCost) }})
	spec, err := api.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	c := resttest.New(t, r.App, spec)
	return &world{t: t, env: e, guest: c, peer: c.As(resttest.PeerToken(t, e, "demand"))}
}

func TestFirst(t *testing.T) {
	w := newWorld(t)
	a := w.guest.Post("/api/v1/auth/sign-up", map[string]any{"phone": "138 0013 8000", "name": "张三", "password": "correct horse", "organisation": map[string]any{
		"name": "澜州精密轴承有限公司", "creditCode": "91350100M000100Y43", "capacities": []string{"sme"}, "districtCode": "lanjiang"}}).Want(201)
	t.Log(string(a.Body), a.Header)
}
