package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"lianbang/frontend"
	"lianbang/gateway"
	"lianbang/search"
	searchapi "lianbang/search/api"
	"lianbang/services/account"
	accountapi "lianbang/services/account/api"
	"lianbang/services/achievement"
	achievementapi "lianbang/services/achievement/api"
	"lianbang/services/capability"
	capabilityapi "lianbang/services/capability/api"
	"lianbang/services/demand"
	demandapi "lianbang/services/demand/api"
	"lianbang/services/engagement"
	engagementapi "lianbang/services/engagement/api"
	"lianbang/services/notice"
	noticeapi "lianbang/services/notice/api"
	"lianbang/services/notify"
	notifyapi "lianbang/services/notify/api"
	"lianbang/services/platform/host"
	"lianbang/services/provider"
	providerapi "lianbang/services/provider/api"
)

// specs are the services that speak to the outside, by name, with their OpenAPI documents.
var specs = map[string]func() ([]byte, error){
	"account":     accountapi.GetSpecJSON,
	"achievement": achievementapi.GetSpecJSON,
	"capability":  capabilityapi.GetSpecJSON,
	"demand":      demandapi.GetSpecJSON,
	"engagement":  engagementapi.GetSpecJSON,
	"notice":      noticeapi.GetSpecJSON,
	"notify":      notifyapi.GetSpecJSON,
	"provider":    providerapi.GetSpecJSON,
	"search":      searchapi.GetSpecJSON,
}

// edge is what only the gateway of an all-in-one process is given.
type edge struct {
	ready   func(ctx context.Context) error
	demo    bool
	advance func(time.Duration) error
}

// everything lists the modules of the product: which exist and who needs whom. Each module says itself whom it hears.
func everything(c host.Config, e edge) []host.Module {
	modules := []host.Module{
		search.Module(),
		account.Module(),
		achievement.Module(),
		capability.Module(),
		demand.Module(),
		engagement.Module(),
		notice.Module(),
		notify.Module(),
		provider.Module(),
		gateway.Module(gateway.Options{Specs: documents(), Site: gateway.Site{FS: frontend.Dist()}, Ready: e.ready, Demo: e.demo, Advance: e.advance}),
	}
	if c.Target == "engine" || c.Target == "all" && c.SearchURL == "" {
		modules = append([]host.Module{search.EngineModule()}, modules...)
	}
	return modules
}

// pick is the module a single-service process runs.
func pick(c host.Config, modules []host.Module) (host.Module, error) {
	names := ""
	for _, m := range modules {
		if m.Name == c.Target {
			return m, nil
		}
		names += ", " + m.Name
	}
	return host.Module{}, fmt.Errorf("LIANBANG_TARGET: %q is not one of all%s", c.Target, names)
}

func documents() map[string][]byte {
	all := map[string][]byte{}
	for name, read := range specs {
		doc, err := read()
		if err != nil {
			panic(err) // generated from the specification and embedded
		}
		all[name] = doc
	}
	return all
}

// writeSpecs prints the bundle of all specifications, from which the front end's types are generated.
func writeSpecs(out io.Writer) error {
	bundle, err := gateway.Bundle(documents())
	if err != nil {
		return err
	}
	var indented any
	if err := json.Unmarshal(bundle, &indented); err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", " ")
	return enc.Encode(indented)
}
