package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"lianbang/services/platform/host"
)

// receiver is an OpenTelemetry collector as far as a sender sees it: OTLP over HTTP on a loopback port.
type receiver struct {
	mu    sync.Mutex
	spans map[string]seen // by span id
}

// seen is a span and whose it is.
type seen struct {
	service string
	*otlp.Span
}

func openReceiver(t *testing.T) (*receiver, string) {
	t.Helper()
	r := &receiver{spans: map[string]seen{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var batch collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &batch)
		}
		if err != nil || request.URL.Path != "/v1/traces" || request.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s %s: %v", request.URL.Path, request.Header.Get("Content-Type"), err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, resource := range batch.ResourceSpans {
			service := ""
			for _, a := range resource.Resource.Attributes {
				if a.Key == "service.name" {
					service = a.Value.GetStringValue()
				}
			}
			for _, scope := range resource.ScopeSpans {
				for _, s := range scope.Spans {
					r.spans[hex.EncodeToString(s.SpanId)] = seen{service, s}
				}
			}
		}
	}))
	t.Cleanup(server.Close)
	return r, server.URL
}

// chain is the way from the trace's beginning to a span, "service: name" each.
func (r *receiver) chain(s seen) string {
	var way []string
	for {
		way = append([]string{s.service + ": " + s.Name}, way...)
		parent, ok := r.spans[hex.EncodeToString(s.ParentSpanId)]
		if !ok {
			if len(s.ParentSpanId) > 0 {
				way = append([]string{"?"}, way...)
			}
			return strings.Join(way, " → ")
		}
		s = parent
	}
}

// TestOneTraceFollowsARequest: from the gateway to the service, from there to a peer it asks, and to the deliveries of what it caused.
func TestOneTraceFollowsARequest(t *testing.T) {
	r, address := openReceiver(t)
	w := newWorld(t, func(c *host.Config) { c.Traces, c.TraceShare = address, "1" })
	operator := w.operator()
	leader := w.organisation(operator, "链主", "91330200MA2JXURN01", "chain_leader")
	demand := leader.send("POST", "/api/v1/demands", obj{"title": "热误差补偿机密题目", "kind": "rnd"})
	request, err := http.NewRequestWithContext(t.Context(), "POST", w.origin+"/api/v1/demands/"+demand.str("id")+"/withdraw", strings.NewReader(`{"reason":"不再需要"}`))
	if err != nil {
		t.Fatal(err)
	}
	const stranger = "0af7651916cd43dd8448eb211c80319c"
	request.Header.Set("traceparent", "00-"+stranger+"-b7ad6b7169203331-01")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+leader.token)
	request.Header.Set("X-Request-ID", "the-request-followed")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("withdrawing answers %d", answer.StatusCode)
	}

	// The deliveries of what organisation() caused: account told notify, notify wrote to itself.
	wanted := []string{
		"gateway: POST gateway → gateway: demand → demand: withdrawDemand → demand: account → account: checkStandingInternal",
		"gateway: POST gateway → gateway: account → account: verifyOrganisation → account: deliver organisation.verified → account: notify → notify: notifyReceiveEvent → notify: deliver message.recorded",
	}
	w.eventually("the traces", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		ways := map[string]bool{}
		for _, s := range r.spans {
			ways[r.chain(s)] = true
		}
		for _, way := range wanted {
			if !ways[way] {
				return false
			}
		}
		return true
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	followed := map[string]string{}
	for _, s := range r.spans {
		if hex.EncodeToString(s.TraceId) == stranger {
			t.Errorf("a stranger's trace goes on with %s", r.chain(s))
		}
		if parent, ok := r.spans[hex.EncodeToString(s.ParentSpanId)]; ok && string(parent.TraceId) != string(s.TraceId) {
			t.Errorf("%s is of two traces", r.chain(s))
		}
		text := fmt.Sprint(s.Span)
		for _, secret := range []string{"机密题目", leader.phone, leader.org, demand.str("id"), leader.token} {
			if strings.Contains(text, secret) {
				t.Errorf("a span tells %s: %s", secret, text)
			}
		}
		for _, a := range s.Attributes {
			if a.Key == "lianbang.request" && a.Value.GetStringValue() == "the-request-followed" {
				followed[s.service] = hex.EncodeToString(s.TraceId)
			}
		}
	}
	if followed["gateway"] == "" || followed["gateway"] != followed["demand"] || followed["account"] != followed["gateway"] {
		t.Errorf("the request id leads to %v", followed)
	}
}
