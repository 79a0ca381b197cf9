package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"lianbang/services/engagement"
	"lianbang/services/platform/host"
	"lianbang/services/provider"
)

// recount makes the figures that are kept beside memberships and engagements anew from them: "lianbang recount [flags]". Nothing else is
// changed, and what changes meanwhile is not lost. With target all it works on a stopped product's data directory; otherwise it asks the
// running services that LIANBANG_PEERS names.
func recount(ctx context.Context, args, environ []string, out io.Writer) error {
	c, err := host.ParseConfig(args, environ)
	if err != nil {
		return err
	}
	if c.Target != "all" {
		client, err := host.Client(c, "operator")
		if err != nil {
			return err
		}
		return recountThrough(ctx, client, out)
	}
	h, err := host.New(c, &host.Clock{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	modules := everything(c, edge{})
	if err := h.Start(ctx, modules, modules); err != nil {
		return errors.Join(err, h.Close())
	}
	return errors.Join(recountThrough(ctx, h.Peers("operator"), out), h.Close())
}

func recountThrough(ctx context.Context, client *http.Client, out io.Writer) error {
	members, err := provider.RecountFigures(ctx, client)
	if err != nil {
		return err
	}
	dealings, err := engagement.RecountFigures(ctx, client)
	if err == nil {
		fmt.Fprintf(out, "the figures are made anew from %d memberships and %d engagements\n", members, dealings)
	}
	return err
}
