package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"lianbang/services/account"
	"lianbang/services/platform/host"
)

// addOperator makes a city operator, without whom nobody could verify anybody: "lianbang operator PHONE NAME [flags]", with the
// password as one line of standard input, where no process list shows it. With target all it works on a stopped product's data
// directory; otherwise it asks the running account service that LIANBANG_PEERS names.
func addOperator(ctx context.Context, args, environ []string, in io.Reader, out io.Writer) error {
	if len(args) < 2 || strings.HasPrefix(args[0], "-") || strings.HasPrefix(args[1], "-") {
		return errors.New("usage: lianbang operator PHONE NAME [flags], with the password on standard input")
	}
	c, err := host.ParseConfig(args[2:], environ)
	if err != nil {
		return err
	}
	password, err := bufio.NewReader(in).ReadString('\n')
	if password = strings.TrimRight(password, "\r\n"); password == "" {
		return errors.Join(errors.New("give the password as a line on standard input"), err)
	}
	if c.Target != "all" {
		client, err := host.Client(c, "operator")
		if err != nil {
			return err
		}
		err = account.BootstrapOperator(ctx, client, args[0], args[1], password)
		return done(err, args[0], out)
	}
	h, err := host.New(c, &host.Clock{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	modules := everything(c, edge{})
	if err := h.Start(ctx, modules, modules); err != nil {
		return errors.Join(err, h.Close())
	}
	err = account.BootstrapOperator(ctx, h.Peers("operator"), args[0], args[1], password)
	return done(errors.Join(err, h.Close()), args[0], out)
}

func done(err error, phone string, out io.Writer) error {
	if err == nil {
		fmt.Fprintf(out, "%s is a city operator\n", phone)
	}
	return err
}
